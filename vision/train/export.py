"""From a checkpoint to the ONNX file that ships.

Batch norms are folded into the convolutions before them and weights are kept as 16-bit floats that
are widened when the file is loaded, which halves it; the export is refused where that changes an
answer by more than a hundredth.
"""

import hashlib
import io
import re
import tomllib
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from core.errors import C5Error
from vision.network import LIST
from vision.train.nets import Detector, Reader

F32 = NDArray[np.float32]

_OPSET: Final = 17
_TOLERANCE: Final = 0.02
_SMALL: Final = 64
"""Constants with fewer values stay as they are."""
_NETS: Final[dict[str, tuple[type[nn.Module], tuple[int, ...], dict[int, str]]]] = {
    "reader": (Reader, (1, 1, 48, 128), {0: "n"}),
    "detector": (Detector, (1, 3, 480, 640), {2: "high", 3: "wide"}),
}


class ExportRefused(C5Error):
    """What cv2.dnn makes of the file is not what was trained."""

    reason = "export_refused"


def export(name: str, checkpoint: Path, folder: Path, *, blend: Path | None = None) -> Path:
    """Write `folder`/NAME.onnx from the averaged weights and list its SHA-256; return the file.

    blend  a checkpoint that this one went on from: what is written lies half way between the two
    """
    kind, shape, axes = _NETS[name]
    net = kind()
    mean = torch.optim.swa_utils.AveragedModel(net, use_buffers=True)
    weights = _mean_of(checkpoint)
    if blend is not None:
        weights = _half_way(weights, _mean_of(blend))
    mean.load_state_dict(weights)
    trained = mean.module.eval()
    buffer = io.BytesIO()
    torch.onnx.export(
        trained,
        (torch.rand(shape),),
        buffer,  # type: ignore[arg-type]
        dynamo=False,
        opset_version=_OPSET,
        input_names=["x"],
        output_names=["y"],
        dynamic_axes={"x": axes, "y": dict(axes)},
    )
    packed = _halved(onnx.load_from_string(buffer.getvalue())).SerializeToString()
    _checked(name, trained, packed, shape)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.onnx"
    path.write_bytes(packed)
    _list(folder / LIST, name, path)
    return path


def _mean_of(checkpoint: Path) -> dict[str, torch.Tensor]:
    state: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    weights: dict[str, torch.Tensor] = state["mean"]
    return weights


def _half_way(
    one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    return {
        name: (values + other[name]) / 2 if values.is_floating_point() else values
        for name, values in one.items()
    }


def _halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """Weights as 16-bit floats, each behind a Cast."""
    graph = model.graph
    casts, kept = [], []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if weight.data_type != TensorProto.FLOAT or values.size < _SMALL:
            kept.append(weight)
            continue
        half = f"{weight.name}_half"
        kept.append(numpy_helper.from_array(values.astype(np.float16), half))
        casts.append(helper.make_node("Cast", [half], [weight.name], to=TensorProto.FLOAT))
    nodes = list(graph.node)
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend([*casts, *nodes])
    onnx.checker.check_model(model)
    return model


def _checked(name: str, trained: nn.Module, packed: bytes, shape: tuple[int, ...]) -> None:
    net = cv2.dnn.readNetFromONNX(np.frombuffer(packed, np.uint8))
    x = np.random.default_rng(1).random(shape, np.float32)
    net.setInput(x)
    said = np.asarray(net.forward(), np.float32)
    with torch.no_grad():
        want = trained(torch.from_numpy(x)).numpy()
    off = float(np.abs(said - want).max())
    if off > _TOLERANCE * max(1.0, float(np.abs(want).max())):
        raise ExportRefused(f"the {name} answers {off:.4f} apart in cv2.dnn; keep 32-bit weights")


def _list(path: Path, name: str, model: Path) -> None:
    said = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    said[name] = {
        "file": model.name,
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
    }
    text = "# Written by `c5 lpr train`; docs/lpr-models.md says what these were trained on.\n"
    for key in sorted(said):
        if not re.fullmatch("[a-z]+", key):
            continue
        text += f'\n[{key}]\nfile = "{said[key]["file"]}"\nsha256 = "{said[key]["sha256"]}"\n'
    path.write_text(text, encoding="utf-8")
