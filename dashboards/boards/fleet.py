"""The fleet and how well it kept to its routes."""

from typing import Final

from dashboards import looks
from dashboards.boards import parts
from dashboards.boards.parts import coloured
from dashboards.spec import Board, Column, Panel, Row, Text, View

ROUTE: Final = Column(name="route", title=Text("Ruta", "Route"), look=looks.PLAIN)
COVERAGE: Final = Column(name="coverage", title=Text("Cobertura", "Coverage"), look=looks.COVERAGE)
GAPS: Final = Column(name="gaps", title=Text("Huecos", "Gaps"), look=looks.bad_above(1, 5))
RUN: Final = Column(
    name="run_id", title=Text("Corrida", "Run"), look=looks.PLAIN, link=parts.RUN_PAGE
)
DATE: Final = Column(name="service_date", title=Text("Día", "Day"), look=looks.DAY)
STATE: Final = Column(name="state", title=Text("Estado", "State"), look=looks.RUN_STATE)
OFF_ROUTE: Final = Column(
    name="off_route_s", title=Text("Fuera de ruta", "Off route"), look=looks.DURATION
)
EVENTS: Final = tuple(
    coloured(code, looks.HAPPENING.labels[code].text, colour)
    for code, colour in (
        ("off_route", looks.RED),
        ("unplanned_stop", looks.ORANGE),
        ("overspeed", looks.YELLOW),
    )
)

BOARD: Final = Board(
    uid="c5-fleet",
    title=Text("Flota y cumplimiento", "Fleet and compliance"),
    description=Text(
        "Qué parte de lo planeado recibió servicio, dónde no, y por qué.",
        "What share of the plan was serviced, where it was not, and why.",
    ),
    kinds=("truck",),
    by_route=True,
    since="now-30d",
    rows=(
        Row(
            title=Text("Servicio", "Service"),
            panels=(
                Panel(
                    query="fleet.coverage_total",
                    title=Text("Cobertura del periodo", "Coverage of the period"),
                    description=Text(
                        "Metros con servicio entre metros planeados, corridas cerradas.",
                        "Metres serviced over metres planned, closed runs.",
                    ),
                    view=View.STAT,
                    look=looks.COVERAGE,
                    width=5,
                    height=6,
                    columns=(Column(name="coverage", title=Text("Cobertura", "Coverage")),),
                ),
                Panel(
                    query="fleet.summary",
                    title=Text("Corridas", "Runs"),
                    description=Text(
                        "Corridas del periodo; de las cerradas, cuadras por explicar y tiempo "
                        "fuera de ruta.",
                        "Runs of the period; of closed ones, blocks to be explained and time off "
                        "the plan.",
                    ),
                    view=View.STAT,
                    look=looks.COUNT,
                    width=7,
                    height=6,
                    columns=(
                        Column(name="runs", title=Text("Corridas", "Runs")),
                        coloured("gaps", Text("Huecos", "Gaps"), looks.ORANGE),
                        coloured(
                            "off_route_s",
                            Text("Fuera de ruta", "Off route"),
                            looks.ORANGE,
                            looks.DURATION,
                        ),
                    ),
                ),
                Panel(
                    query="fleet.coverage",
                    title=Text("Cobertura por día", "Coverage by day"),
                    description=Text(
                        "De todas las rutas y de la peor del día, corridas cerradas.",
                        "Of all routes and of the day's worst, closed runs.",
                    ),
                    view=View.SERIES,
                    look=looks.COVERAGE,
                    width=12,
                    height=6,
                    least_interval="1d",
                    columns=(
                        coloured("coverage", Text("Todas", "All"), looks.GREEN, looks.COVERAGE),
                        coloured(
                            "worst", Text("Peor ruta", "Worst route"), looks.RED, looks.COVERAGE
                        ),
                    ),
                ),
                Panel(
                    query="fleet.worst",
                    title=Text("Rutas con menos cobertura", "Routes with least coverage"),
                    description=Text(
                        "Las doce rutas con menor parte de metros con servicio, corridas cerradas.",
                        "The twelve routes with the smallest share serviced, closed runs.",
                    ),
                    view=View.BARS,
                    look=looks.COVERAGE,
                    width=8,
                    height=10,
                    columns=(
                        ROUTE,
                        Column(name="route_id", title=Text("Clave", "Id"), hidden=True),
                        COVERAGE,
                    ),
                ),
                Panel(
                    query="fleet.runs",
                    title=Text(
                        "Corridas, las menos cubiertas primero", "Runs, least covered first"
                    ),
                    description=Text(
                        "De los días más recientes; el número abre el reporte en C5.",
                        "Of the newest days; the number opens the report in C5.",
                    ),
                    view=View.TABLE,
                    look=looks.PLAIN,
                    width=16,
                    height=10,
                    columns=(
                        RUN,
                        ROUTE,
                        Column(name="truck", title=Text("Camión", "Truck"), look=looks.PLAIN),
                        *(DATE, STATE, COVERAGE, GAPS),
                        Column(
                            name="begin_late_s",
                            title=Text("Inicio tardío", "Late start"),
                            look=looks.DURATION,
                        ),
                        OFF_ROUTE,
                        Column(
                            name="service_m", title=Text("Servicio", "Service"), look=looks.METRES
                        ),
                    ),
                ),
                Panel(
                    query="fleet.blocks",
                    title=Text("Metros por resultado", "Metres by outcome"),
                    description=Text(
                        "Con servicio, demasiado rápido, omitidos y sin saber.",
                        "Serviced, too fast, missed and unknown.",
                    ),
                    view=View.SERIES,
                    look=looks.METRES,
                    width=12,
                    stacked=True,
                    bars=True,
                    least_interval="1d",
                    columns=tuple(
                        coloured(name, title, colour, looks.METRES)
                        for name, title, colour in (
                            ("serviced_m", Text("Con servicio", "Serviced"), looks.GREEN),
                            ("too_fast_m", Text("Muy rápido", "Too fast"), looks.YELLOW),
                            ("missed_m", Text("Omitidos", "Missed"), looks.RED),
                            ("unknown_m", Text("Sin saber", "Unknown"), looks.GREY),
                        )
                    ),
                ),
                Panel(
                    query="fleet.late",
                    title=Text("Inicio tardío", "Late starts"),
                    description=Text(
                        "Retraso del inicio: la mitad de las corridas y nueve de cada diez.",
                        "Delay of the start: half of the runs, and nine in ten.",
                    ),
                    view=View.SERIES,
                    look=looks.DURATION,
                    width=12,
                    least_interval="1d",
                    columns=(
                        coloured("median_s", Text("Mediana", "Median"), looks.BLUE, looks.DURATION),
                        coloured("p90_s", Text("P90", "P90"), looks.ORANGE, looks.DURATION),
                    ),
                ),
            ),
        ),
        Row(
            title=Text("Camiones", "Trucks"),
            panels=(
                Panel(
                    query="fleet.map",
                    title=Text("Última posición", "Last place"),
                    description=Text(
                        "Última posición creíble de cada camión.",
                        "Each truck's last believable place.",
                    ),
                    view=View.MAP,
                    look=looks.SPEED,
                    width=6,
                    height=10,
                    columns=(
                        *(parts.DEVICE_ID, parts.NAME, parts.LATITUDE, parts.LONGITUDE),
                        Column(
                            name="speed_kmh", title=Text("Velocidad", "Speed"), look=looks.SPEED
                        ),
                        Column(
                            name="last_fix",
                            title=Text("Última posición", "Last fix"),
                            look=looks.TIME,
                        ),
                    ),
                ),
                Panel(
                    query="fleet.moving",
                    title=Text("Camiones en marcha", "Trucks on the move"),
                    description=Text(
                        "Camiones distintos que reportaron y que se movieron.",
                        "Distinct trucks that reported and that moved.",
                    ),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=6,
                    height=10,
                    least_interval="1h",
                    columns=(
                        coloured("reporting", Text("Reportan", "Reporting"), looks.GREY),
                        coloured("moving", Text("En marcha", "Moving"), looks.GREEN),
                    ),
                ),
                Panel(
                    query="fleet.events",
                    title=Text("Sucesos", "Happenings"),
                    description=Text(
                        "Salidas de ruta, paradas no planeadas y excesos de velocidad.",
                        "Leaving the route, unplanned stops and overspeed.",
                    ),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=6,
                    height=10,
                    stacked=True,
                    bars=True,
                    least_interval="1d",
                    columns=EVENTS,
                ),
                Panel(
                    query="fleet.reviews",
                    title=Text("Motivos de los huecos", "Reasons of gaps"),
                    description=Text(
                        "Lo que los supervisores dijeron al revisar; sin nombres.",
                        "What supervisors said on review; no names.",
                    ),
                    view=View.SHARES,
                    look=looks.COUNT,
                    width=6,
                    height=10,
                    columns=(
                        Column(
                            name="reason", title=Text("Motivo", "Reason"), look=looks.GAP_REASON
                        ),
                        Column(name="blocks", title=Text("Cuadras", "Blocks")),
                    ),
                ),
            ),
        ),
    ),
)
