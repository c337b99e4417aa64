"""What a camera tells the broker: passages and the state of its stream, in the common words.

A smart camera that reads plates itself sends the same message; docs/payloads.md says it.
"""

import base64
from datetime import datetime
from typing import Final

from core import codec
from core.messages import Event, PlateRead
from vision.passage import CROP_BYTES, Passage

_CANDIDATES: Final = 5
_WHY_CHARS: Final = 500
STREAM_DOWN: Final = "stream_down"
STREAM_UP: Final = "stream_up"


def plate(device_id: str, passage: Passage, seq: int) -> bytes:
    """A passage on the wire: stream `plate`."""
    extra: dict[str, object] = {
        "model": passage.model,
        "weakest": round(passage.weakest, 4),
        "frames": passage.frames,
        "first_at": passage.first_at.isoformat(),
        "last_at": passage.last_at.isoformat(),
        "mask": passage.mask,
        "state": passage.state,
        "kind": passage.kind,
    }
    if 0 < len(passage.crop_jpeg) <= CROP_BYTES:
        extra["crop"] = base64.b64encode(passage.crop_jpeg).decode()
        extra["crop_sha256"] = passage.crop_sha256
    return codec.encode(
        PlateRead(
            device_id=device_id,
            seq=seq,
            measured_at=passage.best_at,
            received_at=passage.best_at,
            plate=passage.plate,
            score=round(passage.score, 4),
            dscore=round(passage.dscore, 4),
            box=passage.box,
            region=passage.region,
            candidates=tuple(
                (text, round(score, 4)) for text, score in passage.candidates[:_CANDIDATES]
            ),
            direction=passage.direction,
            orientation=_rounded(passage.orientation_deg),
            vehicle=passage.vehicle,
            extra={name: value for name, value in extra.items() if value is not None},
        )
    )


def stream(device_id: str, kind: str, at: datetime, seq: int, why: str = "") -> bytes:
    """The state of its stream on the wire: stream `event`, stream_down or stream_up."""
    return codec.encode(
        Event(
            device_id=device_id,
            seq=seq,
            measured_at=at,
            received_at=at,
            type=kind,
            severity="warning" if kind == STREAM_DOWN else "info",
            text=why[:_WHY_CHARS] or None,
        )
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
