"""The Numenta Anomaly Benchmark, where its files are at hand: all series in one state."""

import csv
import importlib.util
import json
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from sensing.anomaly import fresh, step

SHARED = Path(__file__).parents[3] / "shared"
CORPUS = SHARED / "data" / "nab"


def _scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_nab", SHARED / "tools" / "score_nab.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the NAB series are not beside this checkout")
def test_the_standard_profile_reaches_65() -> None:
    """With one engine, one tuning and one threshold for all series."""
    windows = json.loads((CORPUS / "combined_windows.json").read_text("utf-8"))
    names = sorted(windows, key=lambda name: (-len(_rows(name)), name))
    rows = [_rows(name) for name in names]
    scores = [np.zeros(len(row)) for row in rows]
    state = fresh(len(names))
    for at in range(len(rows[0])):
        here = sum(len(row) > at for row in rows)
        state = state.take(np.arange(here)) if here < len(state) else state
        t_s = np.array([_seconds(row[at][0]) for row in rows[:here]])
        values = np.array([float(row[at][1]) for row in rows[:here]])
        found, state = step(state, t_s, values)
        for series in range(here):
            scores[series][at] = found.value[series]
    files = [
        (
            name,
            [row[0] for row in rows[k]],
            scores[k],
            [(begin[:19], end[:19]) for begin, end in windows[name]],
        )
        for k, name in enumerate(names)
    ]
    score, threshold, _ = _scorer().nab(files, "standard")
    assert score >= 65.0
    assert 0.4 < threshold < 0.6


def _rows(name: str) -> list[list[str]]:
    with (CORPUS / name).open(encoding="utf-8") as file:
        return list(csv.reader(file))[1:]


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp()
