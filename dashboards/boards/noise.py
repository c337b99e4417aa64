"""Noise: levels, the day's shape, and how they stand to NOM-081; indicative, never more."""

from typing import Final

from dashboards import looks
from dashboards.boards import parts
from dashboards.boards.parts import coloured
from dashboards.spec import Board, Column, Look, Panel, Row, Step, Text, View
from sensing.noise.screening import limits

_STATION: Final = Column(name="station", title=Text("Sonómetro", "Meter"), look=looks.PLAIN)
_WHO_LDEN: Final = 53.0
"""WHO 2018, road traffic."""

BOARD: Final = Board(
    uid="c5-noise",
    title=Text("Ruido", "Noise"),
    description=Text(
        "Niveles de los sonómetros. Frente a la NOM-081 sólo indican: "
        f"{limits('residential').label}, nunca una infracción.",
        "Levels of the meters. Against NOM-081 they only indicate, never an infringement.",
    ),
    kinds=("noise",),
    by_zone=True,
    since="now-7d",
    rows=(
        Row(
            title=Text("Niveles", "Levels"),
            panels=(
                Panel(
                    query="noise.now",
                    title=Text("Última hora", "Last hour"),
                    description=Text(
                        "Nivel equivalente de la última hora de cada sonómetro.",
                        "Equivalent level of each meter's last hour.",
                    ),
                    view=View.GAUGES,
                    look=Look(
                        unit=looks.LEVEL.unit,
                        decimals=1,
                        least=30,
                        most=90,
                        steps=looks.LEVEL.steps,
                    ),
                    width=7,
                    height=9,
                    columns=(_STATION, Column(name="leq_db", title=Text("LAeq", "LAeq"))),
                ),
                Panel(
                    query="noise.level",
                    title=Text("Nivel equivalente", "Equivalent level"),
                    description=Text(
                        "Media de energía por sonómetro; las líneas son límites de la NOM-081.",
                        "Energy mean by meter; the lines are limits of NOM-081.",
                    ),
                    view=View.SERIES,
                    look=looks.LEVEL,
                    width=17,
                    height=9,
                    least_interval="5m",
                ),
                Panel(
                    query="noise.spread",
                    title=Text("L10, Leq y L90", "L10, Leq and L90"),
                    description=Text(
                        "El L10 más alto, la media de energía y el L90 más bajo.",
                        "The highest L10, the energy mean and the lowest L90.",
                    ),
                    view=View.SERIES,
                    look=looks.DECIBELS,
                    width=12,
                    least_interval="1h",
                    columns=(
                        coloured("l10_db", Text("L10", "L10"), looks.RED, looks.DECIBELS),
                        coloured("leq_db", Text("Leq", "Leq"), looks.BLUE, looks.DECIBELS),
                        coloured("l90_db", Text("L90", "L90"), looks.GREEN, looks.DECIBELS),
                    ),
                ),
                Panel(
                    query="noise.hours",
                    title=Text("El día usual", "The usual day"),
                    description=Text(
                        "Media de energía por hora local del periodo.",
                        "Energy mean by local hour of the period.",
                    ),
                    view=View.BARS,
                    look=Look(unit=looks.LEVEL.unit, decimals=1, least=30, steps=looks.LEVEL.steps),
                    width=12,
                    columns=(
                        Column(name="hour", title=Text("Hora", "Hour"), look=looks.PLAIN),
                        Column(name="leq_db", title=Text("LAeq", "LAeq")),
                    ),
                ),
            ),
        ),
        Row(
            title=Text("Frente a la norma (indicativo)", "Against the norm (indicative)"),
            panels=(
                Panel(
                    query="noise.screening",
                    title=Text("Día y noche de la NOM-081", "NOM-081's day and night"),
                    description=Text(
                        f"{limits('residential').citation}. Un sonómetro de calle sólo tamiza.",
                        f"{limits('residential').citation}. A street meter only screens.",
                    ),
                    view=View.TABLE,
                    look=looks.DECIBELS,
                    width=12,
                    columns=(
                        _STATION,
                        parts.ZONE,
                        Column(name="day_db", title=Text("Día", "Day")),
                        Column(name="day_limit_db", title=Text("Límite", "Limit")),
                        Column(
                            name="day_over_db",
                            title=Text("Diferencia", "Difference"),
                            look=looks.MARGIN,
                        ),
                        Column(name="night_db", title=Text("Noche", "Night")),
                        Column(name="night_limit_db", title=Text("Límite", "Limit")),
                        Column(
                            name="night_over_db",
                            title=Text("Diferencia", "Difference"),
                            look=looks.MARGIN,
                        ),
                    ),
                ),
                Panel(
                    query="noise.margin",
                    title=Text("Sobre el límite de su zona", "Above its zone's limit"),
                    description=Text(
                        "Nivel de la hora menos el límite de día o de noche; sobre 0, más ruido.",
                        "The hour's level minus the limit by day or night; above 0, louder.",
                    ),
                    view=View.SERIES,
                    look=looks.MARGIN,
                    width=12,
                    least_interval="1h",
                ),
                Panel(
                    query="noise.lden",
                    title=Text("Lden por día", "Lden by day"),
                    description=Text(
                        "Nivel día-tarde-noche de los días oídos en sus tres partes; OMS: 53 dB.",
                        "Day-evening-night level of days heard in all three parts; WHO: 53 dB.",
                    ),
                    view=View.SERIES,
                    look=Look(
                        unit="suffix: dB",
                        decimals=1,
                        steps=(Step(None, looks.GREEN), Step(_WHO_LDEN, looks.ORANGE)),
                    ),
                    width=12,
                    least_interval="1d",
                ),
                Panel(
                    query="noise.map",
                    title=Text("Sonómetros", "Meters"),
                    description=Text(
                        "Con el nivel de su última hora.", "With the level of their last hour."
                    ),
                    view=View.MAP,
                    look=looks.LEVEL,
                    width=12,
                    columns=(
                        Column(
                            name="device_id",
                            title=Text("Equipo", "Device"),
                            look=looks.PLAIN,
                            link=parts.NOISE_PAGE,
                        ),
                        *(parts.NAME, parts.ZONE, parts.LATITUDE, parts.LONGITUDE),
                        Column(name="leq_db", title=Text("LAeq", "LAeq"), look=looks.LEVEL),
                    ),
                ),
            ),
        ),
    ),
)
