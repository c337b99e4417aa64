"""How the route engine's time grows, as a picture: with fixes, and with the length of the plan."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure


def draw(figures: Mapping[str, Any], path: Path) -> None:
    """Draw the growth arrays of `bench.geo.run` into a PNG, SVG or PDF file."""
    growth = figures["growth"]
    # The picture is committed: the same figures give the same bytes.
    with mpl.rc_context({"svg.hashsalt": "c5", "font.size": 9}):
        figure = Figure(figsize=(9.0, 3.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        by_fixes = growth["fixes"]
        fixes = [each / 1e6 for each in _column(by_fixes, "fixes")]
        took_s = _column(by_fixes, "compliance_s")
        left.plot(fixes, took_s, "o-", label="C5, full compliance")
        left.plot([0.0, fixes[-1]], [0.0, took_s[-1]], ":", color="gray", label="in proportion")
        left.set(
            xlabel="million fixes",
            ylabel="seconds on one core",
            title="Time grows with the fixes …",
        )
        by_length = growth["route_length"]
        vertices = _column(by_length, "vertices")
        for name, label, style in (
            ("matching", "C5, matching", "s-"),
            ("compliance", "C5, full compliance", "o-"),
            ("line_locate_point", "shapely line_locate_point", "^--"),
        ):
            right.loglog(vertices, _column(by_length, f"fixes_per_s_{name}"), style, label=label)
        right.set(
            xlabel="vertices of the plan",
            ylabel="fixes a second on one core",
            title="… and hardly with the plan's length",
        )
        right.set_xticks(vertices, [f"{each:.0f}" for each in vertices], minor=False)
        right.set_xticks([], minor=True)
        for axes in (left, right):
            axes.grid(alpha=0.25)
            axes.legend()
        figure.savefig(path, dpi=130, metadata={"Software": None} if path.suffix == ".png" else {})


def _column(rows: Sequence[Mapping[str, float]], name: str) -> list[float]:
    return [row[name] for row in rows]
