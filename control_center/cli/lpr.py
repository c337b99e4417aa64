"""`c5 lpr`: read plates in photographs, watch cameras, and train the networks that do."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer

from control_center.cli.lpr_watch import watch
from control_center.cli.output import Json, emit, say, table
from core import settings
from core.errors import C5Error
from vision import frames
from vision.pipeline import Pipeline, Plate

app = typer.Typer(
    no_args_is_help=True, help="Licence plates: read photographs, watch cameras, train models."
)

_HERE: Final = Path("vision/models")


class TorchMissing(C5Error):
    """Training needs more than running does."""

    reason = "torch_missing"


@app.callback()
def _group() -> None:
    """Licence plates: read photographs, watch cameras, train models."""


@app.command()
def read(
    files: Annotated[list[Path], typer.Argument(help="Photographs: JPEG, PNG, BMP, TIFF, WebP.")],
    as_json: Json = False,
    region: Annotated[
        str | None,
        typer.Option(
            "--region", help="Whose plates: mx, us, br, eu or generic; left out: lpr.region."
        ),
    ] = None,
    crop: Annotated[
        bool, typer.Option("--crop", help="The pictures are plates cut out, not streets.")
    ] = False,
) -> None:
    """Read the plates in photographs.

    With --json one object a photo, in order: file, ms, plates (plate, score, dscore, box, corners,
    region, mask, kind, state, candidates), best first. A photo that cannot be read has an error
    and no plates.
    """
    rows: list[tuple[object, ...]] = []
    for answer in answers(files, region=region or settings.load().lpr.region, crop=crop):
        if as_json:
            emit(answer)
            continue
        if "error" in answer:
            rows.append((answer["file"], None, None, answer["error"]["message"]))
        rows.extend(
            (answer["file"], one["plate"], one["score"], one["state"] or one["mask"])
            for one in answer["plates"]
        )
    if not as_json:
        table(("foto · photo", "placa · plate", "score", "estado · state"), rows)


def answers(files: list[Path], *, region: str, crop: bool) -> Iterator[dict[str, Any]]:
    """What `c5 lpr read --json` says of each photograph."""
    pipeline = Pipeline(region)
    pipeline.read(np.full((480, 640, 3), 114, np.uint8))  # the first run lays the networks out
    for file in files:
        began = time.perf_counter()
        answer: dict[str, Any] = {"file": str(file), "ms": 0.0, "plates": []}
        try:
            plates = pipeline.read(frames.load(file), crop=crop)
        except C5Error as exc:
            answer["error"] = {"reason": exc.reason, "message": str(exc)}
        else:
            answer["plates"] = [_plate(one) for one in plates]
        answer["ms"] = round((time.perf_counter() - began) * 1000, 2)
        yield answer


def _plate(one: Plate) -> dict[str, Any]:
    return {
        "plate": one.plate,
        "score": round(one.score, 4),
        "dscore": round(one.dscore, 4),
        "weakest": round(one.weakest, 4),
        "box": list(one.box),
        "corners": [[round(float(value), 1) for value in corner] for corner in one.corners],
        "region": one.region,
        "mask": one.mask,
        "kind": one.kind,
        "state": one.state,
        "candidates": [
            {"plate": other.plate, "score": round(other.score, 4), "mask": other.mask}
            for other in one.candidates
        ],
    }


app.command()(watch)


class Network(StrEnum):
    """What can be trained."""

    READER = "reader"
    DETECTOR = "detector"


_Which = Annotated[Network, typer.Argument(help="reader or detector.")]
_Models = Annotated[
    Path, typer.Option("--models", help="Folder for the ONNX file and its SHA-256.")
]


@contextmanager
def _torch_needed() -> Iterator[None]:
    """Say what to install where an import within finds that training's extras are absent."""
    try:
        yield
    except ImportError as exc:
        raise TorchMissing(f"{exc.name} is missing; pip install torch onnx pillow") from None


@app.command()
def train(
    network: _Which,
    minutes: Annotated[float, typer.Option("--minutes", help="Wall time.", min=0.1)] = 60.0,
    checkpoint: Annotated[
        Path | None,
        typer.Option("--checkpoint", help="Where all is kept, every few minutes; NETWORK.pt."),
    ] = None,
    photos: Annotated[
        Path | None,
        typer.Option(
            "--photos", help="Folder of labelled photographs; left out: drawn plates only."
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the checkpoint, or the published file.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="The same seed draws the same plates.")] = 1,
    workers: Annotated[
        int,
        typer.Option(
            "--workers", min=1, help="Processes that draw; 1: one core does everything in turn."
        ),
    ] = 1,
    models: _Models = _HERE,
) -> None:
    """Train the reader or the detector, and write it where `c5 lpr read` finds it.

    It learns on a GPU where torch sees one; give it as many --workers as there are cores to spare.
    It needs torch, onnx, Pillow and the fonts that docs/lpr-models.md lists; running does not.
    """
    with _torch_needed():
        from vision.train import detector, export, reader  # noqa: PLC0415 - torch is an extra
    kept = checkpoint or Path(f"{network.value}.pt")
    run = {Network.READER: reader.train, Network.DETECTOR: detector.train}[network]
    run(
        minutes=minutes,
        checkpoint=kept,
        folder=photos,
        resume=resume,
        seed=seed,
        workers=workers,
        say=say,
    )
    say(str(export.export(network.value, kept, models)))


@app.command("export")
def write(
    network: _Which,
    checkpoint: Annotated[Path, typer.Option("--checkpoint", help="What a training run left.")],
    blend: Annotated[
        Path | None,
        typer.Option(
            "--blend", help="The checkpoint that run went on from: write what lies half way."
        ),
    ] = None,
    models: _Models = _HERE,
) -> None:
    """Write a checkpoint where `c5 lpr read` finds it, as `train` does at its end.

    For a checkpoint that another machine trained; it needs torch and onnx.
    """
    with _torch_needed():
        from vision.train import export  # noqa: PLC0415 - torch is an extra
    say(str(export.export(network.value, checkpoint, models, blend=blend)))
