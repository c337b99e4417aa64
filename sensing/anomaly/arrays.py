"""Array types that the anomaly engine needs beside those of all sensing."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from sensing.arrays import F64, I8, I64, Bools

F32: TypeAlias = npt.NDArray[np.float32]
I32: TypeAlias = npt.NDArray[np.int32]
I16: TypeAlias = npt.NDArray[np.int16]
U16: TypeAlias = npt.NDArray[np.uint16]
U32: TypeAlias = npt.NDArray[np.uint32]
Some: TypeAlias = npt.NDArray[Any]

__all__ = ["F32", "F64", "I8", "I16", "I32", "I64", "U16", "U32", "Bools", "Some"]
