"""Indicators that a city may publish: aggregates, no device and nobody in them."""

from typing import Final

from dashboards import looks
from dashboards.boards.parts import coloured
from dashboards.spec import Board, Column, Look, Panel, Row, Step, Text, View

_GOOD: Final = Look(
    unit="percentunit",
    decimals=1,
    least=0,
    most=1,
    steps=(Step(None, looks.RED), Step(0.5, looks.YELLOW), Step(0.8, looks.GREEN)),
)
_ARRIVED: Final = Look(
    unit="percentunit",
    decimals=2,
    steps=(
        Step(None, looks.RED),
        Step(1 - looks.LOSS_GRAVE, looks.YELLOW),
        Step(1 - looks.LOSS_NOTED, looks.GREEN),
    ),
)
_COVERAGE: Final = Text("Recolección", "Collection")
_AIR: Final = Text("Aire bueno o aceptable", "Good or acceptable air")

BOARD: Final = Board(
    uid="c5-indicators",
    title=Text("Indicadores abiertos", "Open indicators"),
    description=Text(
        "Los indicadores que la ciudad puede publicar; ningún equipo ni persona en ellos.",
        "The indicators that the city may publish; no device and nobody in them.",
    ),
    since="now-30d",
    refresh="15m",
    rows=(
        Row(
            title=Text("Periodo", "Period"),
            panels=(
                Panel(
                    query="indicators.coverage",
                    title=_COVERAGE,
                    description=Text(
                        "Metros con servicio entre metros planeados, corridas cerradas.",
                        "Metres serviced over metres planned, closed runs.",
                    ),
                    view=View.STAT,
                    look=looks.COVERAGE,
                    width=6,
                    height=5,
                    columns=(Column(name="coverage", title=_COVERAGE),),
                ),
                Panel(
                    query="indicators.air",
                    title=_AIR,
                    description=Text(
                        "Parte de las horas de estación con datos suficientes (NOM-172).",
                        "Share of station hours with enough data (NOM-172).",
                    ),
                    view=View.STAT,
                    look=_GOOD,
                    width=6,
                    height=5,
                    columns=(Column(name="good", title=_AIR),),
                ),
                Panel(
                    query="indicators.response",
                    title=Text("Atención de incidentes", "Answer to incidents"),
                    description=Text(
                        "Tiempo mediano hasta atender.", "Median time until acknowledged."
                    ),
                    view=View.STAT,
                    look=looks.DURATION,
                    width=6,
                    height=5,
                    columns=(Column(name="acknowledge_s", title=Text("Mediana", "Median")),),
                ),
                Panel(
                    query="indicators.data",
                    title=Text("Datos recibidos", "Data received"),
                    description=Text(
                        "Parte de los mensajes de los equipos que llegó.",
                        "Share of the devices' messages that arrived.",
                    ),
                    view=View.STAT,
                    look=_ARRIVED,
                    width=6,
                    height=5,
                    columns=(Column(name="arrived", title=Text("Recibidos", "Arrived")),),
                ),
                Panel(
                    query="indicators.coverage_days",
                    title=Text("Recolección por día", "Collection by day"),
                    description=Text("De todas las rutas.", "Of all routes."),
                    view=View.SERIES,
                    look=looks.COVERAGE,
                    width=12,
                    least_interval="1d",
                    columns=(coloured("coverage", _COVERAGE, looks.GREEN, looks.COVERAGE),),
                ),
                Panel(
                    query="indicators.air_days",
                    title=Text("Aire por día", "Air by day"),
                    description=Text(
                        "Horas de estación con aire bueno o aceptable.",
                        "Station hours with good or acceptable air.",
                    ),
                    view=View.SERIES,
                    look=_GOOD,
                    width=12,
                    least_interval="1d",
                    columns=(coloured("good", _AIR, looks.GREEN, _GOOD),),
                ),
                Panel(
                    query="indicators.noise_days",
                    title=Text("Ruido por día", "Noise by day"),
                    description=Text(
                        "Media de energía de todos los sonómetros, de día y de noche. Indicativo.",
                        "Energy mean of all meters, by day and by night. Indicative.",
                    ),
                    view=View.SERIES,
                    look=looks.DECIBELS,
                    width=12,
                    least_interval="1d",
                    columns=(
                        coloured("day_db", Text("Día", "Day"), looks.ORANGE, looks.DECIBELS),
                        coloured("night_db", Text("Noche", "Night"), looks.BLUE, looks.DECIBELS),
                    ),
                ),
                Panel(
                    query="indicators.passages",
                    title=Text("Vehículos por día", "Vehicles a day"),
                    description=Text(
                        "Pasos ante todas las cámaras.", "Passages before all cameras."
                    ),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=12,
                    bars=True,
                    least_interval="1d",
                    columns=(coloured("passages", Text("Vehículos", "Vehicles"), looks.BLUE),),
                ),
                Panel(
                    query="indicators.daily",
                    title=Text("Tabla diaria", "Daily table"),
                    description=Text(
                        "Como se publica, día local por día local.",
                        "As it is published, local day by local day.",
                    ),
                    view=View.TABLE,
                    look=looks.COUNT,
                    width=24,
                    height=10,
                    columns=(
                        Column(name="day", title=Text("Día", "Day"), look=looks.DAY),
                        Column(name="coverage", title=_COVERAGE, look=looks.COVERAGE),
                        Column(name="good", title=_AIR, look=_GOOD),
                        Column(name="incidents", title=Text("Incidentes", "Incidents")),
                        Column(name="passages", title=Text("Vehículos", "Vehicles")),
                        Column(
                            name="arrived",
                            title=Text("Datos recibidos", "Data received"),
                            look=_ARRIVED,
                        ),
                    ),
                ),
            ),
        ),
    ),
)
