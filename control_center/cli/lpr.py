"""`c5 lpr`: read plates in photographs, and train the networks that do."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer

from control_center.cli.output import Json, emit, say, table
from core.errors import C5Error
from vision import frames
from vision.pipeline import Pipeline, Plate

app = typer.Typer(no_args_is_help=True, help="Licence plates: read photographs, train models.")
train_app = typer.Typer(no_args_is_help=True, help="Train a network; needs the train extra.")
app.add_typer(train_app, name="train")

_HERE: Final = Path("vision/models")


class TorchMissing(C5Error):
    """Training needs more than running does."""

    reason = "torch_missing"


@app.callback()
def _group() -> None:
    """Licence plates: read photographs, train models."""


@train_app.callback()
def _train_group() -> None:
    """Train a network; needs the train extra."""


@app.command()
def read(
    files: Annotated[list[Path], typer.Argument(help="Photographs: JPEG, PNG, BMP, TIFF, WebP.")],
    as_json: Json = False,
    region: Annotated[
        str, typer.Option("--region", help="Whose plates: mx, us, br, eu or generic.")
    ] = "mx",
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
    for answer in answers(files, region=region, crop=crop):
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


Minutes = Annotated[float, typer.Option("--minutes", help="Wall time to train for.", min=0.1)]
Checkpoint = Annotated[
    Path, typer.Option("--checkpoint", help="File that holds all, written every few minutes.")
]
Photos = Annotated[
    Path | None,
    typer.Option("--photos", help="Folder of labelled photographs; left out: drawn plates only."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint.")]
Seed = Annotated[int, typer.Option("--seed", help="The same seed draws the same plates.")]
Models = Annotated[Path, typer.Option("--models", help="Folder to write the ONNX file to.")]


@train_app.command("reader")
def train_reader(
    minutes: Minutes = 60.0,
    checkpoint: Checkpoint = Path("reader.pt"),
    photos: Photos = None,
    resume: Resume = False,
    seed: Seed = 1,
    models: Models = _HERE,
) -> None:
    """Train the network that reads a levelled plate, and write it where `c5 lpr read` finds it."""
    try:
        from vision.train import export, reader  # noqa: PLC0415 - torch is an extra
    except ImportError as exc:
        raise TorchMissing(f"{exc.name} is missing; pip install torch onnx pillow") from None
    reader.train(
        minutes=minutes, checkpoint=checkpoint, folder=photos, resume=resume, seed=seed, say=say
    )
    say(str(export.export("reader", checkpoint, models)))


@train_app.command("detector")
def train_detector(
    minutes: Minutes = 60.0,
    checkpoint: Checkpoint = Path("detector.pt"),
    photos: Photos = None,
    resume: Resume = False,
    seed: Seed = 1,
    models: Models = _HERE,
) -> None:
    """Train the network that finds plates and their corners, and write it likewise."""
    try:
        from vision.train import detector, export  # noqa: PLC0415 - torch is an extra
    except ImportError as exc:
        raise TorchMissing(f"{exc.name} is missing; pip install torch onnx pillow") from None
    detector.train(
        minutes=minutes, checkpoint=checkpoint, folder=photos, resume=resume, seed=seed, say=say
    )
    say(str(export.export("detector", checkpoint, models)))
