"""The two networks. torch is needed to train them; what ships is their ONNX form."""

from typing import Final

import torch
from torch import nn

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Classes of the reader; one more, the last, says that nothing stands there."""


class _Conv(nn.Sequential):
    def __init__(
        self,
        into: int,
        out: int,
        kernel: int | tuple[int, int] = 3,
        stride: int | tuple[int, int] = 1,
    ) -> None:
        size = (kernel, kernel) if isinstance(kernel, int) else kernel
        pad = (size[0] // 2, size[1] // 2)
        super().__init__(
            nn.Conv2d(into, out, size, stride, pad, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU(inplace=True),
        )


class _Residual(nn.Module):
    def __init__(self, channels: int, kernel: int | tuple[int, int] = 3) -> None:
        super().__init__()
        size = (kernel, kernel) if isinstance(kernel, int) else kernel
        pad = (size[0] // 2, size[1] // 2)
        self.first = _Conv(channels, channels, size)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, size, 1, pad, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Two convolutions and the way past them."""
        return torch.relu(x + self.second(self.first(x)))


class Reader(nn.Module):
    """(n, 1, 48, 128) normalised grey -> (n, 32, 37) scores, left to right.

    Strokes of M, W, N and H lie a pixel or two apart on a small plate, so the picture is halved
    across only once before the first look at shapes, and again behind it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _Conv(1, 24, 3, 2),
            _Conv(24, 40, 3, (2, 1)),
            _Residual(40),
            _Conv(40, 80, 3, 2),
            _Residual(80),
            _Residual(80),
            _Conv(80, 128, 3, (2, 1)),
            _Residual(128),
            nn.Conv2d(128, 192, (3, 3), 1, (0, 1), bias=False),
            nn.BatchNorm2d(192),
            nn.ReLU(inplace=True),
            _Residual(192, (1, 5)),
        )
        self.drop = nn.Dropout(0.1)
        self.head = nn.Conv2d(192, len(ALPHABET) + 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores of every place."""
        scores = self.head(self.drop(self.body(x)))
        out: torch.Tensor = scores.squeeze(2).permute(0, 2, 1)
        return out


class Detector(nn.Module):
    """(n, 3, h, w) colours 0-1 -> (n, 11, h/8, w/8).

    Channels: plate or not, log(width / 32), log(height / 16), then x and y of the four corners from
    the cell's middle, in widths and heights. h and w are multiples of 32.
    """

    def __init__(self) -> None:
        super().__init__()
        self.to4 = nn.Sequential(_Conv(3, 12, 3, 2), _Conv(12, 24, 3, 2))
        self.to8 = nn.Sequential(_Conv(24, 40, 3, 2), _Residual(40))
        self.to16 = nn.Sequential(_Conv(40, 64, 3, 2), _Residual(64))
        self.to32 = nn.Sequential(_Conv(64, 96, 3, 2), _Residual(96))
        self.from32 = _Conv(96, 64, 1)
        self.from16 = _Conv(64, 40, 1)
        self.mix = _Conv(40, 40, 3)
        self.head = nn.Conv2d(40, 11, 1)
        nn.init.constant_(self.head.bias, 0.0)  # type: ignore[arg-type]
        with torch.no_grad():
            self.head.bias[0] = -4.0  # type: ignore[index]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The grid."""
        at8 = self.to8(self.to4(x - 0.45))
        at16 = self.to16(at8)
        at32 = self.to32(at16)
        at16 = at16 + nn.functional.interpolate(self.from32(at32), scale_factor=2.0, mode="nearest")
        at8 = at8 + nn.functional.interpolate(self.from16(at16), scale_factor=2.0, mode="nearest")
        out: torch.Tensor = self.head(self.mix(at8))
        return out
