"""Passages for charts and open data: no plates, and no cell so small that it shows one vehicle."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from store.passage import Cell

FEWEST: Final = 3
"""Fewer passages than this of one class and state are told together with others."""
OTHERS: Final = "otros"


class Row(NamedTuple):
    """One number of the answer."""

    cell: Cell
    n: int


def joined(counts: Iterable[tuple[Cell, int]]) -> Iterator[Row]:
    """Join small cells of one camera, time and direction; totals stay, the order too.

    Where only one small cell is there, the smallest other joins it, or the difference would tell.
    """
    apart: dict[tuple[object, ...], list[tuple[Cell, int]]] = defaultdict(list)
    for cell, n in counts:
        apart[cell.device_id, cell.hour, cell.direction].append((cell, n))
    for cells in apart.values():
        yield from _joined(sorted(cells, key=lambda one: one[1]))


def _joined(cells: list[tuple[Cell, int]]) -> list[Row]:
    """One camera, time and direction: `cells` from the smallest on."""
    small = sum(n < FEWEST for _, n in cells)
    if small == 0:
        return [Row(cell, n) for cell, n in sorted(cells)]
    while small < len(cells) and sum(n for _, n in cells[:small]) < FEWEST:
        small += 1
    total: Counter[Cell] = Counter()
    for cell, n in cells[:small]:
        total[cell._replace(kind=OTHERS, state=OTHERS)] += n
    return [Row(cell, n) for cell, n in sorted([*cells[small:], *total.items()])]
