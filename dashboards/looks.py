"""Units, thresholds, colours and words that boards share; limits come from the rule files."""

from collections.abc import Mapping
from typing import Final

from core.metrics import METRICS
from devices.kinds import KINDS
from sensing.air.rule import MEXICAN, load
from sensing.air.table import METRIC_OF
from sensing.noise.screening import limits

from . import words
from .spec import Label, Look, Step, Text
from .words import Words

GREEN, YELLOW, ORANGE, RED, BLUE, GREY = (
    *("#2E9E5B", "#E0B400", "#E8801A", "#D6383B", "#3274D9", "#8E8E8E"),
)
_RULE: Final = load(MEXICAN[-1])
_PPB_A_PPM: Final = 1000.0
COVERAGE_GOOD: Final = 0.95
COVERAGE_POOR: Final = 0.80
LOSS_NOTED: Final = 0.01
LOSS_GRAVE: Final = 0.05

COUNT: Final = Look(unit="short", decimals=0, least=0)
SHARE: Final = Look(unit="percentunit", decimals=1, least=0, most=1)
COVERAGE: Final = Look(
    unit="percentunit",
    decimals=1,
    least=0,
    most=1,
    steps=(Step(None, RED), Step(COVERAGE_POOR, YELLOW), Step(COVERAGE_GOOD, GREEN)),
)
LOSS: Final = Look(
    unit="percentunit",
    decimals=2,
    least=0,
    steps=(Step(None, GREEN), Step(LOSS_NOTED, YELLOW), Step(LOSS_GRAVE, RED)),
)
SPEED: Final = Look(
    unit="velocitykmh", decimals=0, least=0, steps=(Step(None, GREEN), Step(60, RED))
)
DURATION: Final = Look(unit="s", decimals=0, least=0)
METRES: Final = Look(unit="lengthm", decimals=0, least=0)
BYTES: Final = Look(unit="bytes", decimals=1, least=0)
TIME: Final = Look(unit="dateTimeAsIso")
DAY: Final = Look(unit="time:YYYY-MM-DD")
PLAIN: Final = Look(unit="string")
BATTERY: Final = Look(
    unit="percent",
    decimals=0,
    least=0,
    most=100,
    steps=(Step(None, RED), Step(20, YELLOW), Step(50, GREEN)),
)


def bad_above(noted: float, grave: float, *, unit: str = "short", decimals: int = 0) -> Look:
    """Green up to a number, yellow, then red."""
    return Look(
        unit=unit,
        decimals=decimals,
        least=0,
        steps=(Step(None, GREEN), Step(noted, YELLOW), Step(grave, RED)),
    )


NONE_WANTED: Final = Look(
    unit="short", decimals=0, least=0, steps=(Step(None, GREEN), Step(1, RED))
)
"""Of what there should be none at all."""
CATEGORY: Final = Look(
    unit="none",
    least=-1,
    most=len(_RULE.categories) - 1,
    steps=(
        Step(None, GREY),
        *(Step(nth, one.colour) for nth, one in enumerate(_RULE.categories)),
    ),
    labels={
        "-1": Label(Text("Datos insuficientes", "Too few data"), GREY),
        **{
            str(nth): Label(Text(one.es, one.en), one.colour)
            for nth, one in enumerate(_RULE.categories)
        },
    },
)
"""NOM-172's categories, in the norm's own colours."""
CATEGORY_COLUMNS: Final = {
    name: (Text(one.es, one.en), one.colour)
    for name, one in zip(
        ("good", "acceptable", "bad", "very_bad", "extremely_bad"), _RULE.categories, strict=True
    )
}


def pollutant(name: str) -> Look:
    """NOM-172's bands of a pollutant, in the unit of its metric (gases but CO: ppb).

    The norm rounds half up and gives a bound to the better band, so a colour begins half a
    last digit above it.
    """
    found = _RULE.pollutant(name)
    is_ppb = found.unit == "ppm" and name != "co"
    scale = _PPB_A_PPM if is_ppb else 1.0
    half = 0.5 * 10**-found.decimals
    colours = [one.colour for one in _RULE.categories]
    steps = [Step(None, colours[0])]
    for bound, colour in zip(found.bounds, colours[1:], strict=True):
        steps.append(Step(round((bound + half) * scale, 6), colour))
    unit = "conμgm3" if found.unit == "ug/m3" else "suffix: ppb" if is_ppb else "ppm"
    return Look(unit=unit, decimals=2 if name == "co" else 0, least=0, steps=tuple(steps))


def _level() -> Look:
    home, shop = limits("residential"), limits("commercial")
    marks = [
        (home.night_db, YELLOW),
        (home.day_db, ORANGE),
        (shop.day_db, RED),
    ]
    return Look(
        unit="suffix: dB(A)",
        decimals=1,
        least=30,
        steps=(
            Step(None, GREEN),
            *(Step(at, colour) for at, colour in marks if at is not None),
        ),
    )


DECIBELS: Final = Look(unit="suffix: dB(A)", decimals=1, least=30)
"""No street is quieter: an axis from 0 would press what matters into a strip."""
LEVEL: Final = _level()
"""NOM-081: residential night and day, commercial day."""
MARGIN: Final = Look(
    unit="suffix: dB", decimals=1, steps=(Step(None, GREEN), Step(0, ORANGE), Step(10, RED))
)


def _words(said: Words, colours: Mapping[str, str] | None = None) -> Look:
    painted = colours or {}
    return Look(
        unit="string", labels={code: Label(text, painted.get(code)) for code, text in said.items()}
    )


SEVERITY: Final = _words(
    words.SEVERITY,
    {
        "CRITICAL": RED,
        "MAJOR": ORANGE,
        "MINOR": YELLOW,
        "WARNING": BLUE,
        "INDETERMINATE": GREY,
    },
)
SEVERITIES: Final = SEVERITY.labels
KIND: Final = Look(
    unit="string",
    labels={str(kind): Label(Text(one.es, one.en)) for kind, one in KINDS.items()},
)
STATE: Final = _words(
    words.INCIDENT_STATE,
    {
        "new": RED,
        "acknowledged": ORANGE,
        "dispatched": YELLOW,
        "on_scene": BLUE,
        "resolved": GREEN,
        "closed": GREEN,
        "false": GREY,
    },
)
RUN_STATE: Final = _words(words.RUN_STATE, {"open": YELLOW, "closed": GREEN})
YES_NO: Final = Look(
    unit="bool",
    labels={
        "true": Label(Text("Sí", "Yes"), RED),
        "false": Label(Text("No", "No"), GREY),
    },
)


INCIDENT_KIND: Final = _words(words.INCIDENT_KIND)
HAPPENING: Final = _words(words.HAPPENING)
EVENT_SEVERITY: Final = _words(
    words.EVENT_SEVERITY,
    {"critical": RED, "high": ORANGE, "warning": YELLOW, "normal": BLUE, "info": GREY},
)
GAP_REASON: Final = _words(words.GAP_REASON)
REFUSAL: Final = _words(words.REFUSAL)
ANOMALY: Final = _words(words.ANOMALY)
ZONE: Final = _words(words.ZONE)
VEHICLE: Final = _words(words.VEHICLE)
PLATE_STATE: Final = _words(words.PLATE_STATE)
METRIC: Final = _words({one.name: Text(one.es, one.en) for one in METRICS.values()})
POLLUTANT: Final = _words(
    {name: Text(METRICS[metric].es, METRICS[metric].en) for name, metric in METRIC_OF.items()}
)
