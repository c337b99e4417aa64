"""Go on from the published ONNX file, where the checkpoint behind it is gone.

The file's batch norms are folded into its convolutions. They are set up again from what a batch of
crops makes of each layer, so that the network starts out answering exactly as the file does.
"""

from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from core.errors import ConfigError
from vision.network import FOLDER

PUBLISHED: Final = Path(str(files(FOLDER)))
"""Where the networks that ship lie."""
_BIAS: Final = 2


def warm(net: nn.Module, file: Path, sample: torch.Tensor) -> None:
    """Give a new network the file's weights; `sample` is a batch of what it will see."""
    layers = list(_in_order(net, sample))
    folded = list(_convolutions(file))
    if [tuple(conv.weight.shape) for conv, _ in layers] != [one[0].shape for one in folded]:
        raise ConfigError(f"{file} is of another network; train without --resume")
    for (conv, norm), (weight, bias) in zip(layers, folded, strict=True):
        conv.weight.data = torch.tensor(weight, dtype=torch.float32)
        if norm is None:
            conv.bias.data = torch.tensor(bias, dtype=torch.float32)
            continue
        norm.bias.data = torch.tensor(bias, dtype=torch.float32)
    handles = [norm.register_forward_pre_hook(_settle) for _, norm in layers if norm is not None]
    net.eval()
    with torch.no_grad():
        net(sample)
    for handle in handles:
        handle.remove()
    net.train()


def _settle(norm: Any, into: tuple[torch.Tensor, ...]) -> None:
    """Make a batch norm pass on what comes, plus the folded bias, whatever it normalises by."""
    mean = into[0].mean((0, 2, 3))
    var = into[0].var((0, 2, 3), unbiased=False)
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(var)
    norm.weight.data = (var + norm.eps).sqrt()
    norm.bias.data = norm.bias.data + mean


def _in_order(net: nn.Module, sample: torch.Tensor) -> Iterator[tuple[Any, Any]]:
    """Each convolution as it is run, and the batch norm behind it, if there is one."""
    seen: list[nn.Module] = []

    def note(module: nn.Module, _: Any) -> None:
        seen.append(module)

    kinds = (nn.Conv2d, nn.BatchNorm2d)
    handles = [
        one.register_forward_pre_hook(note) for one in net.modules() if isinstance(one, kinds)
    ]
    net.eval()
    with torch.no_grad():
        net(sample)
    for handle in handles:
        handle.remove()
    for at, module in enumerate(seen):
        if isinstance(module, nn.Conv2d):
            behind = seen[at + 1] if at + 1 < len(seen) else None
            yield module, behind if isinstance(behind, nn.BatchNorm2d) else None


def _convolutions(file: Path) -> Iterator[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """Weight and bias of the file's convolutions, in the order in which they are run."""
    graph = onnx.load(str(file)).graph
    values = {one.name: numpy_helper.to_array(one).astype(np.float32) for one in graph.initializer}
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in values:
            values[node.output[0]] = values[node.input[0]]
        if node.op_type == "Conv":
            weight = values[node.input[1]]
            none = np.zeros(len(weight), np.float32)
            yield weight, values[node.input[2]] if len(node.input) > _BIAS else none


Sample = Callable[[], torch.Tensor]


def start(net: nn.Module, checkpoint: Path, file: Path, sample: Sample, *, resume: bool) -> None:
    """Prepare a run that goes on: from its checkpoint, or from the published file without one."""
    if resume and not checkpoint.exists():
        warm(net, file, sample())
