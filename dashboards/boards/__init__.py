"""Every dashboard there is, one module each."""

from typing import Final

from dashboards.boards import (
    air,
    devices,
    fleet,
    incidents,
    indicators,
    mobility,
    noise,
    overview,
    pipeline,
    truck,
)
from dashboards.spec import Board

BOARDS: Final[tuple[Board, ...]] = tuple(
    module.BOARD
    for module in (
        *(overview, fleet, truck, air, noise),
        *(mobility, devices, incidents, pipeline, indicators),
    )
)
