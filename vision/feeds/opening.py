"""Which feed an address needs."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from core.errors import ConfigError
from vision.feeds.feed import READ_TIMEOUT_S, Feed, masked
from vision.feeds.folder_feed import FolderFeed
from vision.feeds.http_feed import MjpegFeed, SnapshotFeed
from vision.feeds.http_stream import HttpStream
from vision.feeds.video_feed import FileFeed, LiveFeed

LIVE: Final = frozenset({"rtsp", "rtsps", "rtmp", "http", "https", "udp", "srt"})
_HTTP: Final = frozenset({"http", "https"})


class AddressRefused(ConfigError):
    """An address of a kind that nothing here reads."""

    reason = "address_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where frames are, and how they are to be taken."""

    url: str
    """rtsp://, http://, https://, file:// or a path to a video or a folder."""
    timeout_s: float = READ_TIMEOUT_S
    fps: float | None = None
    """Of a folder: pictures a second; None: each when its file was written."""
    starts_at: datetime | None = None
    """Of a recording: when its first frame was taken; None: so that it ends now."""
    follow: bool = False
    """Of a folder: wait for pictures that come later."""

    def __post_init__(self) -> None:
        """Refuse what can never be opened."""
        scheme = self._scheme
        if scheme not in LIVE and scheme not in {"", "file"}:
            raise AddressRefused(
                f"{masked(self.url)}: nothing reads {scheme}://; give rtsp://, http://, https://, "
                "a video file or a folder"
            )
        if not self.url or (scheme in LIVE and not _host(self.url)):
            raise AddressRefused(f"{masked(self.url)!r} names no camera; give rtsp://HOST/PATH")

    @property
    def is_live(self) -> bool:
        """Whether it is a camera's stream; otherwise it is on disk."""
        return self._scheme in LIVE

    @property
    def path(self) -> Path:
        """On disk: where."""
        return Path(unquote(urlsplit(self.url).path) if self._scheme == "file" else self.url)

    @property
    def _scheme(self) -> str:
        return self.url.partition("://")[0].lower() if "://" in self.url else ""


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts.hostname


def open_feed(place: Place) -> Feed:
    """Connect or open; FeedFailed says why that cannot be done now."""
    if not place.is_live:
        if place.path.is_dir():
            return FolderFeed(
                place.path, fps=place.fps, starts_at=place.starts_at, follow=place.follow
            )
        return FileFeed(place.path, starts_at=place.starts_at)
    if urlsplit(place.url).scheme.lower() not in _HTTP:
        return LiveFeed(place.url, timeout_s=place.timeout_s)
    stream = HttpStream(place.url, timeout_s=place.timeout_s)
    if stream.boundary() is not None:
        return MjpegFeed(stream, timeout_s=place.timeout_s)
    if stream.content_type.lower().startswith("image/"):
        return SnapshotFeed(place.url, stream, timeout_s=place.timeout_s)
    stream.close()
    return LiveFeed(place.url, timeout_s=place.timeout_s)
