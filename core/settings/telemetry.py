"""What comes in: messages, cameras, plates, and how long rows are kept."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from core.settings.section import Days, Hours, Port, Seconds, Section


class Ingest(Section):
    """How messages become rows."""

    workers: int = Field(default=1, ge=1, le=16, description="processes that share the load")
    batch_max: int = Field(
        default=5000, ge=1, description="messages committed together at the most"
    )
    batch_wait_s: Seconds = Field(
        default=0.05, description="longest a message waits for company, s"
    )
    inbox_messages: int = Field(
        default=20_000, ge=1, description="messages held in memory at the most"
    )
    inbox_mb: int = Field(default=64, ge=1, description="payload held in memory at the most, MiB")
    clock_ahead_s: Seconds = Field(default=300.0, description="a device clock may be ahead, s")
    late_s: Seconds = Field(
        default=300.0, description="older than this on arrival is flagged late, s"
    )
    metrics_port: Port = Field(
        default=0, description="Prometheus port of the first worker; 0: none"
    )
    plate_key: SecretStr | None = Field(
        default=None,
        description="hashes and seals plates; 32 bytes or more",
    )
    pending_max: int = Field(
        default=1000, ge=0, description="unknown devices remembered at the most"
    )


class Lpr(Section):
    """Cameras that read plates."""

    region: str = Field(
        default="mx",
        pattern="^(mx|us|br|eu|generic)$",
        description="whose plates are read where nobody says: mx, us, br, eu or generic",
    )
    cameras: Path | None = Field(
        default=None, description="TOML file of the cameras to watch; unset: --cameras says it"
    )
    credentials: Path | None = Field(
        default=None, description="JSON file of their passwords; unset: --credentials says it"
    )
    state_dir: Path | None = Field(
        default=None, description="folder of their outboxes; unset: `cameras` in local.dir"
    )
    workers: int = Field(
        default=0, ge=0, le=64, description="threads that run networks; 0: one a core"
    )
    outbox_messages: int = Field(
        default=10_000, ge=1, description="messages a camera keeps while the broker is away"
    )
    frames_host: str = Field(
        default="127.0.0.1", description="address on which the latest frames are served"
    )
    frames_port: Port = Field(
        default=8093, description="its port, one more for each further shard; 0: any free one"
    )
    frames_urls: tuple[Annotated[str, Field(pattern="^http://[^/]+$")], ...] = Field(
        default=("http://127.0.0.1:8093",),
        description="where the control center asks for the latest frames, a shard each",
    )
    frame_stale_s: Seconds = Field(
        default=10.0, description="an older frame is not shown as the latest, s"
    )


class Plates(Section):
    """Licence plates: personal data with a purpose, kept as short as it needs."""

    older_keys: tuple[SecretStr, ...] = Field(
        default=(),
        description="earlier ingest.plate_key, as long as rows sealed under them are kept",
    )
    retention_hours: Hours = Field(
        default=72, description="reads that hit no list, hashed and sealed, h"
    )
    crop_hours: Hours = Field(
        default=24, description="photographs of those reads, h; never longer than the reads"
    )
    hits_days: Days = Field(
        default=365, description="hits with their photographs, and entries that have ended"
    )
    searches_per_hour: int = Field(
        default=60, ge=1, description="searches that one person may do in an hour"
    )


class Retention(Section):
    """How long each class of rows is kept, days. Personal data has the shortest."""

    fixes_days: Days = Field(default=400, description="positions")
    readings_days: Days = Field(
        default=1100, description="readings of stations, counters and power"
    )
    tracks_days: Days = Field(
        default=30, description="where who pressed a panic button has been, of incidents"
    )
    events_days: Days = Field(default=1100, description="events")
    status_days: Days = Field(default=90, description="status messages")
    rejects_days: Days = Field(default=90, description="refused messages with their bytes")
    rollups_days: Days = Field(default=3650, description="hourly and daily rollups")
