"""The latest frame of a camera, asked of the processes that watch cameras; kept nowhere."""

import http.client
from collections.abc import Sequence
from contextlib import closing
from typing import ClassVar, Final, NamedTuple
from urllib.parse import urlsplit

from control_center.problems import HttpRefusal

AGE_HEADER: Final = "X-Frame-Age-Ms"
MOST_BYTES: Final = 16 << 20
_TIMEOUT_S: Final = 2.0
_AGAIN_S: Final = 5.0


class NoFrame(HttpRefusal):
    """No frame of this camera can be shown now."""

    status: ClassVar[int] = 503
    reason = "no_frame"

    def __init__(self, message: str) -> None:
        super().__init__(message, retry_after_s=_AGAIN_S)


class Latest(NamedTuple):
    """A camera's newest frame."""

    jpeg: bytes
    age_s: float


def fetch(urls: Sequence[str], device_id: str, *, stale_s: float) -> Latest:
    """Ask who watches the camera; NoFrame says why there is none, or why it is too old.

    urls     where the processes that watch answer, one after the other
    stale_s  an older frame is not the latest
    """
    silent = 0
    for url in urls:
        try:
            status, latest = _ask(url, device_id)
        except (OSError, ValueError, http.client.HTTPException):
            silent += 1
            continue
        if latest is not None:
            if latest.age_s > stale_s:
                raise NoFrame(
                    f"the newest frame of {device_id} is {latest.age_s:.0f} s old; look at the "
                    "camera and its network"
                )
            return latest
        if status == http.client.SERVICE_UNAVAILABLE:
            raise NoFrame(f"no frame of {device_id} has come yet; look at the camera")
    if silent:
        raise NoFrame(
            f"{silent} of {len(urls)} processes that watch cameras do not answer; start "
            "`c5 lpr watch`, or correct lpr.frames_urls"
        )
    raise NoFrame(
        f"nobody watches {device_id}; add it to the file of cameras, or it is a smart one"
    )


def _ask(url: str, device_id: str) -> tuple[int, Latest | None]:
    host = urlsplit(url)
    with closing(
        http.client.HTTPConnection(host.hostname or "", host.port or 80, timeout=_TIMEOUT_S)
    ) as connection:
        connection.request("GET", f"/frame/{device_id}.jpg")
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            return answer.status, None
        jpeg = answer.read(MOST_BYTES)
        return answer.status, Latest(jpeg, int(answer.headers.get(AGE_HEADER, "0")) / 1000)
