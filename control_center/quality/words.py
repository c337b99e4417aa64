"""What is said of a doubt: the metric and the reason, Spanish first."""

from typing import Final

from core.metrics import METRICS
from core.quality import Flag

DOUBTS: Final = {
    Flag.STUCK: ("valor pegado", "stuck value"),
    Flag.SPIKE: ("pico aislado", "isolated spike"),
    Flag.DRIFT: ("deriva frente a sus vecinas", "drifting from its neighbours"),
    Flag.STEP: ("salto tras el mantenimiento", "step after maintenance"),
    Flag.CLOCK: ("reloj desfasado", "clock out of step"),
}


def words(metric: str, doubt: Flag, by: float | None = None) -> str:
    """One line.

    >>> words("pm25_ugm3", Flag.STUCK)
    'PM2.5: valor pegado · stuck value'
    >>> words("o3_ppb", Flag.DRIFT, 7.04)
    'Ozono: deriva frente a sus vecinas · drifting from its neighbours (+7 ppb)'
    """
    es, en = DOUBTS[doubt]
    known = METRICS.get(metric)
    unit = known.unit if known else "h"
    amount = "" if by is None else f" ({by:+.3g} {unit})"
    return f"{known.es if known else 'Estación'}: {es} · {en}{amount}"
