"""Plates read in 1280 x 720 frames, beside RapidOCR on the same frames in the same run.

The two take turns frame by frame, each on one thread, so that whatever else the machine does falls
on both. The ratio is of processor time; wall time is given beside it. RapidOCR reads all text there
is, plates or not, which is what one would run instead.
"""

import logging
import statistics
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from core.clock import monotonic_s
from core.errors import C5Error
from vision import frames
from vision.pipeline import Pipeline
from vision.train import traffic

U8 = NDArray[np.uint8]

SIZE: Final = (1280, 720)
PHOTOS: Final = Path("../shared/data/lpr/us")
_EVERY: Final = 11
"""Rendered frames are this far apart, so that vehicles differ."""


class PeerMissing(C5Error):
    """RapidOCR is not installed."""

    reason = "peer_missing"


def run(most: int, repeats: int, photos: Path | None = None) -> dict[str, object]:
    """Milliseconds a frame of each, and their ratio."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        return _run(most, repeats, photos or PHOTOS)
    finally:
        cv2.setNumThreads(threads)


def _run(most: int, repeats: int, photos: Path) -> dict[str, object]:
    pictures, source = _pictures(most, photos)
    pipeline = Pipeline("us" if source == "photographs" else "mx")
    peer = _rapidocr()
    ours, theirs = _Timed(pipeline.read), _Timed(peer)
    for one in pictures[:2]:  # networks lay themselves out on their first frames
        pipeline.read(one)
        peer(one)
    for one in pictures * repeats:
        ours(one)
        theirs(one)
    ratios = [mine / yours for mine, yours in zip(ours.cpu_ms, theirs.cpu_ms, strict=True)]
    return {
        "frames": len(pictures),
        "frames_from": source,
        "repeats": repeats,
        "ms_frame": round(statistics.fmean(ours.cpu_ms), 1),
        "ms_frame_rapidocr": round(statistics.fmean(theirs.cpu_ms), 1),
        "ratio_vs_rapidocr": round(
            statistics.fmean(ours.cpu_ms) / statistics.fmean(theirs.cpu_ms), 4
        ),
        "ratio_worst_frame": round(max(ratios), 4),
        "frames_per_s_core": round(1000 / statistics.fmean(ours.cpu_ms), 1),
        "wall_ms_frame": round(statistics.fmean(ours.wall_ms), 1),
        "wall_ms_frame_rapidocr": round(statistics.fmean(theirs.wall_ms), 1),
        "wall_ratio_vs_rapidocr": round(
            statistics.fmean(ours.wall_ms) / statistics.fmean(theirs.wall_ms), 4
        ),
        "least_ms_frame": round(min(ours.wall_ms), 1),
        "models": pipeline.version,
        "versions": ", ".join(
            f"{name} {version(name)}"
            for name in ("opencv-python-headless", "rapidocr", "onnxruntime")
        ),
    }


class _Timed:
    """Something that is timed whenever it is called: processor and wall, milliseconds."""

    def __init__(self, call: Callable[[U8], object]) -> None:
        self._call = call
        self.cpu_ms: list[float] = []
        self.wall_ms: list[float] = []

    def __call__(self, frame: U8) -> None:
        # Of the whole process: a peer's threads count too, should it start any.
        cpu_s, wall_s = time.process_time(), monotonic_s()
        self._call(frame)
        self.cpu_ms.append(1e3 * (time.process_time() - cpu_s))
        self.wall_ms.append(1e3 * (monotonic_s() - wall_s))


def _pictures(most: int, photos: Path) -> tuple[list[U8], str]:
    """Frames of 1280 x 720: photographs where there are any, drawn traffic otherwise."""
    files = sorted(photos.glob("*.jpg"))
    if files:
        chosen: Sequence[Path] = files[:: max(1, len(files) // most)][:most]
        return [framed(frames.load(one)) for one in chosen], "photographs"
    drawn = islice(traffic.frames(7, 12), 10, None, _EVERY)
    return [image for image, _ in islice(drawn, most)], "drawn traffic"


def framed(image: U8) -> U8:
    """A picture scaled to fit 1280 x 720 as large as it goes; grey beside it."""
    wide, high = SIZE
    scale = min(wide / image.shape[1], high / image.shape[0])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    out = np.full((high, wide, 3), 114, np.uint8)
    left, upper = (wide - size[0]) // 2, (high - size[1]) // 2
    out[upper : upper + size[1], left : left + size[0]] = cv2.resize(image, size, interpolation=way)
    return out


def _rapidocr() -> Callable[[U8], Any]:
    try:
        from rapidocr import RapidOCR  # noqa: PLC0415 - only the bench needs it
    except ImportError as exc:
        raise PeerMissing(f"{exc.name} is missing; pip install -r requirements/bench.txt") from None
    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    reader: Callable[[U8], Any] = RapidOCR(
        params={
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    return reader
