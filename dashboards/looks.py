"""Units, thresholds, colours and words that boards share; limits come from the rule files."""

from collections.abc import Mapping
from typing import Final

from core.metrics import METRICS
from devices.kinds import KINDS
from sensing.air.rule import MEXICAN, load
from sensing.noise.screening import limits

from .spec import Label, Look, Step, Text

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


LEVEL: Final = _level()
"""NOM-081: residential night and day, commercial day."""
MARGIN: Final = Look(
    unit="suffix: dB", decimals=1, steps=(Step(None, GREEN), Step(0, ORANGE), Step(10, RED))
)
SEVERITIES: Final = {
    "CRITICAL": Label(Text("Crítica", "Critical"), RED),
    "MAJOR": Label(Text("Mayor", "Major"), ORANGE),
    "MINOR": Label(Text("Menor", "Minor"), YELLOW),
    "WARNING": Label(Text("Aviso", "Warning"), BLUE),
    "INDETERMINATE": Label(Text("Indeterminada", "Indeterminate"), GREY),
}
SEVERITY: Final = Look(unit="string", labels=SEVERITIES)
KIND: Final = Look(
    unit="string",
    labels={str(kind): Label(Text(one.es, one.en)) for kind, one in KINDS.items()},
)
STATE: Final = Look(
    unit="string",
    labels={
        "new": Label(Text("Nuevo", "New"), RED),
        "acknowledged": Label(Text("Atendido", "Acknowledged"), ORANGE),
        "dispatched": Label(Text("Despachado", "Dispatched"), YELLOW),
        "on_scene": Label(Text("En sitio", "On scene"), BLUE),
        "resolved": Label(Text("Resuelto", "Resolved"), GREEN),
        "closed": Label(Text("Cerrado", "Closed"), GREEN),
        "open": Label(Text("Abierta", "Open"), YELLOW),
        "false": Label(Text("Falso", "False"), GREY),
    },
)
YES_NO: Final = Look(
    unit="bool",
    labels={
        "true": Label(Text("Sí", "Yes"), RED),
        "false": Label(Text("No", "No"), GREY),
    },
)


def _words(said: Mapping[str, tuple[str, str]]) -> Look:
    return Look(unit="string", labels={code: Label(Text(*both)) for code, both in said.items()})


HAPPENING: Final = _words(
    {
        "off_route": ("Fuera de ruta", "Off route"),
        "off_route_end": ("De vuelta en ruta", "Back on route"),
        "unplanned_stop": ("Parada no planeada", "Unplanned stop"),
        "unplanned_stop_end": ("Fin de la parada", "End of the stop"),
        "overspeed": ("Exceso de velocidad", "Overspeed"),
        "overspeed_end": ("Fin del exceso", "End of overspeed"),
        "landfill_enter": ("Entra al relleno", "Enters the landfill"),
        "landfill_exit": ("Sale del relleno", "Leaves the landfill"),
        "depot_enter": ("Entra a la base", "Enters the depot"),
        "depot_exit": ("Sale de la base", "Leaves the depot"),
    }
)
GAP_REASON: Final = _words(
    {
        "sin_acceso": ("Sin acceso", "No access"),
        "calle_cerrada": ("Calle cerrada", "Street closed"),
        "camion_lleno": ("Camión lleno", "Truck full"),
        "averia": ("Avería", "Breakdown"),
        "seguridad": ("Seguridad", "Safety"),
        "otro": ("Otro", "Other"),
    }
)
REFUSAL: Final = _words(
    {
        "broken_json": ("JSON roto", "Broken JSON"),
        "invalid_field": ("Campo inválido", "Invalid field"),
        "missing_field": ("Falta un campo", "Missing field"),
        "clock_ahead": ("Reloj adelantado", "Clock ahead"),
        "clock_behind": ("Reloj atrasado", "Clock behind"),
        "unknown_device": ("Equipo desconocido", "Unknown device"),
        "unknown_topic": ("Tema desconocido", "Unknown topic"),
        "kind_mismatch": ("Otro tipo de equipo", "Another kind of device"),
        "too_large": ("Demasiado grande", "Too large"),
        "row_refused": ("Fila rechazada", "Row refused"),
    }
)
ANOMALY: Final = _words(
    {
        "level": ("Nivel", "Level"),
        "spike": ("Pico", "Spike"),
        "flatline": ("Valor fijo", "Flat line"),
        "variance": ("Variación", "Variance"),
        "season": ("Hora inusual", "Unusual hour"),
        "trend": ("Tendencia", "Trend"),
        "silence": ("Silencio", "Silence"),
    }
)
METRIC: Final = _words({one.name: (one.es, one.en) for one in METRICS.values()})
