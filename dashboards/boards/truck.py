"""One truck."""

from typing import Final

from dashboards import looks
from dashboards.boards import fleet, parts
from dashboards.boards.parts import coloured
from dashboards.spec import Board, Column, Label, Look, Panel, Row, Step, Text, View

_MOVES: Final = Look(
    unit="none",
    least=0,
    most=2,
    steps=(Step(None, looks.GREY), Step(1, looks.YELLOW), Step(2, looks.GREEN)),
    labels={
        "0": Label(Text("Sin posiciones", "No fixes"), looks.GREY),
        "1": Label(Text("Detenido", "Standing"), looks.YELLOW),
        "2": Label(Text("En marcha", "Moving"), looks.GREEN),
    },
)

BOARD: Final = Board(
    uid="c5-truck",
    title=Text("Camión", "Truck"),
    description=Text(
        "Un camión: por dónde anduvo, cómo sirvió y cómo está su rastreador.",
        "One truck: where it went, how it served and how its tracker is.",
    ),
    kinds=("truck",),
    one_device=True,
    since="now-2d",
    rows=(
        Row(
            title=Text("Camión", "Truck"),
            panels=(
                Panel(
                    query="truck.age",
                    title=Text("Última señal hace", "Last heard"),
                    description=Text(
                        "Tiempo desde su último mensaje.", "Time since its last message."
                    ),
                    view=View.STAT,
                    look=looks.bad_above(120, 3600, unit="s"),
                    width=4,
                    height=5,
                    columns=(Column(name="age_s", title=Text("Hace", "Ago")),),
                ),
                Panel(
                    query="truck.summary",
                    title=Text("Periodo", "Period"),
                    description=Text(
                        "Posiciones creíbles y velocidad más alta.",
                        "Believable fixes and the highest speed.",
                    ),
                    view=View.STAT,
                    look=looks.COUNT,
                    width=6,
                    height=5,
                    columns=(
                        Column(name="fixes", title=Text("Posiciones", "Fixes")),
                        Column(
                            name="max_speed_kmh",
                            title=Text("Velocidad máxima", "Highest speed"),
                            look=looks.SPEED,
                        ),
                    ),
                ),
                Panel(
                    query="truck.coverage_total",
                    title=Text("Cobertura", "Coverage"),
                    description=Text(
                        "Metros con servicio entre metros planeados de sus corridas cerradas.",
                        "Metres serviced over metres planned of its closed runs.",
                    ),
                    view=View.STAT,
                    look=looks.COVERAGE,
                    width=4,
                    height=5,
                    columns=(Column(name="coverage", title=Text("Cobertura", "Coverage")),),
                ),
                Panel(
                    query="truck.state",
                    title=Text("Marcha", "Movement"),
                    description=Text(
                        "Hora por hora, de los últimos siete días del periodo.",
                        "Hour by hour, of the last seven days of the period.",
                    ),
                    view=View.STATES,
                    look=_MOVES,
                    width=10,
                    height=5,
                    columns=(Column(name="state", title=Text("Marcha", "Movement")),),
                ),
                Panel(
                    query="truck.track",
                    title=Text("Recorrido, último día", "Track, last day"),
                    description=Text(
                        "Dónde estuvo en las últimas 24 horas del periodo, cada dos minutos.",
                        "Where it was in the last 24 hours of the period, every two minutes.",
                    ),
                    view=View.MAP,
                    look=looks.SPEED,
                    width=12,
                    height=11,
                    columns=(
                        Column(name="time", title=Text("Hora", "Time"), look=looks.TIME),
                        *(parts.LATITUDE, parts.LONGITUDE),
                        Column(
                            name="speed_kmh", title=Text("Velocidad", "Speed"), look=looks.SPEED
                        ),
                    ),
                ),
                Panel(
                    query="truck.speed",
                    title=Text("Velocidad", "Speed"),
                    description=Text(
                        "Media y más alta; posiciones hasta dos días, horas en periodos mayores.",
                        "Mean and highest; fixes up to two days, hours over longer periods.",
                    ),
                    view=View.SERIES,
                    look=looks.SPEED,
                    width=12,
                    height=11,
                    columns=(
                        coloured("mean_kmh", Text("Media", "Mean"), looks.BLUE, looks.SPEED),
                        coloured("max_kmh", Text("Máxima", "Highest"), looks.ORANGE, looks.SPEED),
                    ),
                ),
                Panel(
                    query="truck.runs",
                    title=Text("Corridas", "Runs"),
                    description=Text(
                        "El número abre el reporte en C5.", "The number opens the report in C5."
                    ),
                    view=View.TABLE,
                    look=looks.PLAIN,
                    width=14,
                    columns=(
                        *(fleet.RUN, fleet.ROUTE, fleet.DATE, fleet.STATE),
                        *(fleet.COVERAGE, fleet.GAPS, fleet.OFF_ROUTE),
                        Column(
                            name="service_m", title=Text("Servicio", "Service"), look=looks.METRES
                        ),
                        Column(
                            name="deadhead_m",
                            title=Text("En vacío", "Deadhead"),
                            look=looks.METRES,
                        ),
                    ),
                ),
                Panel(
                    query="truck.events",
                    title=Text("Sucesos", "Happenings"),
                    description=Text("Lo que hizo fuera de su plan.", "What it did off its plan."),
                    view=View.TABLE,
                    look=looks.PLAIN,
                    width=10,
                    no_data=Text("Ningún suceso", "Nothing happened"),
                    columns=(
                        Column(name="time", title=Text("Hora", "Time"), look=looks.TIME),
                        Column(
                            name="type", title=Text("Suceso", "Happening"), look=looks.HAPPENING
                        ),
                        Column(
                            name="severity",
                            title=Text("Gravedad", "Severity"),
                            look=looks.EVENT_SEVERITY,
                        ),
                        Column(name="value", title=Text("Valor", "Value")),
                    ),
                ),
                Panel(
                    query="truck.fixes",
                    title=Text("Mensajes", "Messages"),
                    description=Text("Guardados, perdidos y tardíos.", "Stored, missing and late."),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=9,
                    least_interval="1h",
                    bars=True,
                    columns=(
                        coloured("stored", Text("Guardados", "Stored"), looks.BLUE),
                        coloured("missing", Text("Perdidos", "Missing"), looks.RED),
                        coloured("late", Text("Tardíos", "Late"), looks.YELLOW),
                    ),
                ),
                Panel(
                    query="truck.health",
                    title=Text("Rastreador", "Tracker"),
                    description=Text(
                        "Batería y señal; la señal, en el eje derecho.",
                        "Battery and signal; the signal on the right axis.",
                    ),
                    view=View.SERIES,
                    look=Look(unit="volt", decimals=1),
                    width=9,
                    least_interval="15m",
                    columns=(
                        coloured(
                            "battery_v",
                            Text("Batería", "Battery"),
                            looks.GREEN,
                            Look(unit="volt", decimals=1),
                        ),
                        coloured(
                            "rssi_dbm",
                            Text("Señal", "Signal"),
                            looks.BLUE,
                            Look(unit="dBm", decimals=0),
                            right=True,
                        ),
                    ),
                ),
                Panel(
                    query="truck.outbox",
                    title=Text("En espera", "Held"),
                    description=Text(
                        "Mensajes que su rastreador aún guarda por falta de red.",
                        "Messages that its tracker still holds for want of network.",
                    ),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=6,
                    least_interval="15m",
                    columns=(coloured("outbox", Text("En espera", "Held"), looks.ORANGE),),
                ),
            ),
        ),
    ),
)
