"""C5 at a glance: what a wall shows all day."""

from typing import Final

from dashboards import looks
from dashboards.boards import parts
from dashboards.boards.parts import coloured
from dashboards.spec import Board, Column, Panel, Row, Text, View

BOARD: Final = Board(
    uid="c5-overview",
    title=Text("C5 · Vista general", "C5 · Overview"),
    description=Text(
        "La ciudad de un vistazo: equipos, incidentes, servicio, aire, ruido y datos.",
        "The city at a glance: devices, incidents, service, air, noise and data.",
    ),
    since="now-24h",
    rows=(
        Row(
            title=Text("Ahora", "Now"),
            panels=(
                Panel(
                    query="overview.incidents",
                    title=Text("Incidentes abiertos", "Open incidents"),
                    description=Text(
                        "Abiertos, de ellos críticos, y los que pasaron su plazo.",
                        "Open ones, the critical among them, and those past their time.",
                    ),
                    view=View.STAT,
                    look=looks.COUNT,
                    width=5,
                    height=5,
                    columns=(
                        Column(name="open", title=Text("Abiertos", "Open")),
                        Column(
                            name="critical",
                            title=Text("Críticos", "Critical"),
                            look=looks.NONE_WANTED,
                        ),
                        Column(
                            name="overdue",
                            title=Text("Fuera de plazo", "Overdue"),
                            look=looks.NONE_WANTED,
                        ),
                    ),
                ),
                Panel(
                    query="overview.devices",
                    title=Text("Equipos", "Devices"),
                    description=Text(
                        "Oídos dentro del silencio normal de su tipo, y callados por más tiempo.",
                        "Heard within the usual silence of their kind, and silent for longer.",
                    ),
                    view=View.STAT,
                    look=looks.COUNT,
                    width=4,
                    height=5,
                    columns=(
                        coloured("online", Text("En línea", "Online"), looks.GREEN),
                        Column(
                            name="silent",
                            title=Text("Callados", "Silent"),
                            look=looks.bad_above(1, 5),
                        ),
                    ),
                ),
                Panel(
                    query="overview.coverage",
                    title=Text("Recolección, 3 días", "Collection, 3 days"),
                    description=Text(
                        "Parte de los metros planeados que recibieron servicio en tres días, "
                        "corridas cerradas.",
                        "Share of the planned metres that were serviced in three days, closed "
                        "runs.",
                    ),
                    view=View.STAT,
                    look=looks.COVERAGE,
                    width=4,
                    height=5,
                    columns=(Column(name="coverage", title=Text("Cobertura", "Coverage")),),
                ),
                Panel(
                    query="overview.air",
                    title=Text("Peor aire", "Worst air"),
                    description=Text(
                        "La peor categoría NOM-172 de la última hora juzgada de cada estación.",
                        "The worst NOM-172 category of the last hour judged of each station.",
                    ),
                    view=View.STAT,
                    look=looks.CATEGORY,
                    width=4,
                    height=5,
                    columns=(Column(name="category", title=Text("Categoría", "Category")),),
                ),
                Panel(
                    query="overview.noise",
                    title=Text("Ruido, 24 h", "Noise, 24 h"),
                    description=Text(
                        "Nivel equivalente de 24 horas del sonómetro más ruidoso. Indicativo.",
                        "Equivalent level of 24 hours of the loudest meter. Indicative.",
                    ),
                    view=View.STAT,
                    look=looks.LEVEL,
                    width=4,
                    height=5,
                    columns=(Column(name="leq_db", title=Text("LAeq", "LAeq")),),
                ),
                Panel(
                    query="overview.stored",
                    title=Text("Datos, 24 h", "Data, 24 h"),
                    description=Text(
                        "Mensajes guardados en 24 horas y parte que nunca llegó.",
                        "Messages stored in 24 hours and the share that never came.",
                    ),
                    view=View.STAT,
                    look=looks.COUNT,
                    width=3,
                    height=5,
                    columns=(
                        coloured("stored", Text("Guardados", "Stored"), looks.GREEN),
                        Column(name="missing", title=Text("Perdidos", "Missing"), look=looks.LOSS),
                    ),
                ),
            ),
        ),
        Row(
            title=Text("Ciudad", "City"),
            panels=(
                Panel(
                    query="overview.map",
                    title=Text("Camiones y estaciones", "Trucks and stations"),
                    description=Text(
                        "Última posición de cada camión y lugar de cada estación.",
                        "Each truck's last place and where each station stands.",
                    ),
                    view=View.MAP,
                    look=looks.SPEED,
                    width=12,
                    height=13,
                    columns=(
                        *(parts.DEVICE_ID, parts.NAME, parts.KIND),
                        *(parts.LATITUDE, parts.LONGITUDE, parts.LAST_SEEN),
                        Column(
                            name="speed_kmh",
                            title=Text("Velocidad", "Speed"),
                            look=looks.SPEED,
                        ),
                    ),
                ),
                Panel(
                    query="overview.open",
                    title=Text("Incidentes por atender", "Incidents to attend"),
                    description=Text(
                        "Abiertos, el más grave primero; el número abre el incidente en C5.",
                        "Open ones, the gravest first; the number opens the incident in C5.",
                    ),
                    view=View.TABLE,
                    look=looks.PLAIN,
                    width=12,
                    height=13,
                    no_data=Text("Ningún incidente abierto", "No open incident"),
                    columns=(
                        Column(
                            name="incident_id",
                            title=Text("N.º", "No."),
                            look=looks.PLAIN,
                            link=parts.INCIDENT_PAGE,
                        ),
                        parts.INCIDENT_KIND,
                        *(parts.SEVERITY, parts.STATE),
                        Column(name="opened_at", title=Text("Abierto", "Opened"), look=looks.TIME),
                        Column(name="due_at", title=Text("Plazo", "Due"), look=looks.TIME),
                        Column(
                            name="overdue",
                            title=Text("Fuera de plazo", "Overdue"),
                            look=looks.YES_NO,
                        ),
                    ),
                ),
                Panel(
                    query="overview.messages",
                    title=Text("Mensajes", "Messages"),
                    description=Text(
                        "Mensajes guardados y perdidos, por hora o más.",
                        "Messages stored and missing, by the hour or longer.",
                    ),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=12,
                    least_interval="1h",
                    columns=(
                        coloured("stored", Text("Guardados", "Stored"), looks.BLUE),
                        coloured("missing", Text("Perdidos", "Missing"), looks.RED),
                    ),
                ),
                Panel(
                    query="overview.passages",
                    title=Text("Vehículos", "Vehicles"),
                    description=Text(
                        "Pasos ante las cámaras por sentido. Sin placas.",
                        "Passages before the cameras by direction. No plates.",
                    ),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=12,
                    least_interval="1h",
                    columns=parts.DIRECTIONS,
                ),
            ),
        ),
    ),
)
