"""Incidents and how fast they are answered; nobody's name, and no place of who pressed."""

from typing import Final

from dashboards import looks
from dashboards.boards import parts
from dashboards.boards.parts import coloured
from dashboards.spec import Board, Column, Label, Look, Panel, Row, Step, Text, View

_GRAVITY: Final = Look(
    unit="none",
    least=1,
    most=5,
    steps=(
        Step(None, looks.GREY),
        *(Step(2, looks.BLUE), Step(3, looks.YELLOW), Step(4, looks.ORANGE), Step(5, looks.RED)),
    ),
    labels={
        str(5 - nth): Label(label.text, label.colour)
        for nth, label in enumerate(looks.SEVERITIES.values())
    },
)
_ACKNOWLEDGE: Final = Text("Atender", "Acknowledge")
_ON_SCENE: Final = Text("Llegar", "On scene")
_RESOLVE: Final = Text("Resolver", "Resolve")
_NUMBER: Final = Column(
    name="incident_id", title=Text("N.º", "No."), look=looks.PLAIN, link=parts.INCIDENT_PAGE
)

BOARD: Final = Board(
    uid="c5-incidents",
    title=Text("Incidentes y tiempos de respuesta", "Incidents and response times"),
    description=Text(
        "Qué pasa, qué tan grave, y en cuánto tiempo se atiende. Sin datos personales.",
        "What happens, how grave, and how fast it is answered. No personal data.",
    ),
    since="now-30d",
    rows=(
        Row(
            title=Text("Ahora", "Now"),
            panels=(
                Panel(
                    query="incidents.open",
                    title=Text("Abiertos por gravedad", "Open by severity"),
                    description=Text("Al final del periodo.", "At the end of the period."),
                    view=View.STAT,
                    look=looks.COUNT,
                    width=10,
                    height=6,
                    columns=(
                        coloured("critical", Text("Críticos", "Critical"), looks.RED),
                        coloured("major", Text("Mayores", "Major"), looks.ORANGE),
                        coloured("minor", Text("Menores", "Minor"), looks.YELLOW),
                        coloured("warning", Text("Advertencias", "Warnings"), looks.BLUE),
                    ),
                ),
                Panel(
                    query="incidents.response",
                    title=Text("Medianas del periodo", "Medians of the period"),
                    description=Text(
                        "Desde que se abre: hasta atender, despachar, llegar y resolver.",
                        "From opening: until acknowledged, dispatched, on scene and resolved.",
                    ),
                    view=View.STAT,
                    look=looks.DURATION,
                    width=14,
                    height=6,
                    columns=(
                        Column(name="acknowledge_s", title=_ACKNOWLEDGE),
                        Column(name="dispatch_s", title=Text("Despachar", "Dispatch")),
                        Column(name="on_scene_s", title=_ON_SCENE),
                        Column(name="resolve_s", title=_RESOLVE),
                    ),
                ),
            ),
        ),
        Row(
            title=Text("Periodo", "Period"),
            panels=(
                Panel(
                    query="incidents.opened",
                    title=Text("Abiertos por tipo", "Opened by kind"),
                    description=Text("Incidentes nuevos.", "New incidents."),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=12,
                    stacked=True,
                    bars=True,
                    least_interval="1d",
                    columns=parts.series(looks.INCIDENT_KIND),
                ),
                Panel(
                    query="incidents.times",
                    title=Text("Tiempos de respuesta, P90", "Response times, P90"),
                    description=Text(
                        "Nueve de cada diez se atendieron en este tiempo o menos.",
                        "Nine in ten were answered within this time.",
                    ),
                    view=View.SERIES,
                    look=looks.DURATION,
                    width=12,
                    least_interval="1d",
                    columns=(
                        coloured("acknowledge_s", _ACKNOWLEDGE, looks.GREEN, looks.DURATION),
                        coloured("on_scene_s", _ON_SCENE, looks.BLUE, looks.DURATION),
                        coloured("resolve_s", _RESOLVE, looks.ORANGE, looks.DURATION),
                    ),
                ),
                Panel(
                    query="incidents.alarms",
                    title=Text("Alarmas por gravedad", "Alarms by severity"),
                    description=Text("Alarmas que se levantaron.", "Alarms that were raised."),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=12,
                    stacked=True,
                    bars=True,
                    least_interval="6h",
                    columns=parts.SEVERITY_SERIES,
                ),
                Panel(
                    query="incidents.hours",
                    title=Text("A qué hora", "At what hour"),
                    description=Text("Incidentes por hora local.", "Incidents by local hour."),
                    view=View.BARS,
                    look=looks.COUNT,
                    width=12,
                    columns=(
                        Column(name="hour", title=Text("Hora", "Hour"), look=looks.PLAIN),
                        Column(name="incidents", title=Text("Incidentes", "Incidents")),
                    ),
                ),
                Panel(
                    query="incidents.kinds",
                    title=Text("Por tipo", "By kind"),
                    description=Text(
                        "Cuántos, en cuánto tiempo, y cuántos fuera de plazo o falsos.",
                        "How many, how fast, and how many overdue or false.",
                    ),
                    view=View.TABLE,
                    look=looks.COUNT,
                    width=12,
                    columns=(
                        parts.INCIDENT_KIND,
                        Column(name="incidents", title=Text("Incidentes", "Incidents")),
                        Column(name="acknowledge_s", title=_ACKNOWLEDGE, look=looks.DURATION),
                        Column(name="resolve_s", title=_RESOLVE, look=looks.DURATION),
                        Column(name="overdue", title=Text("Fuera de plazo", "Overdue")),
                        Column(name="false_alarms", title=Text("Falsos", "False")),
                    ),
                ),
                Panel(
                    query="incidents.map",
                    title=Text("Dónde", "Where"),
                    description=Text(
                        "Sin los de botones de pánico ni de placas.",
                        "Without those of panic buttons and of plates.",
                    ),
                    view=View.MAP,
                    look=_GRAVITY,
                    width=12,
                    columns=(
                        _NUMBER,
                        parts.INCIDENT_KIND,
                        *(parts.SEVERITY, parts.LATITUDE, parts.LONGITUDE),
                        Column(name="opened_at", title=Text("Abierto", "Opened"), look=looks.TIME),
                        Column(name="gravity", title=Text("Grado", "Degree"), look=_GRAVITY),
                    ),
                ),
                Panel(
                    query="incidents.list",
                    title=Text("Los más recientes", "The newest"),
                    description=Text(
                        "El número abre el incidente en C5.",
                        "The number opens the incident in C5.",
                    ),
                    view=View.TABLE,
                    look=looks.PLAIN,
                    width=24,
                    columns=(
                        _NUMBER,
                        parts.INCIDENT_KIND,
                        *(parts.SEVERITY, parts.STATE),
                        Column(name="opened_at", title=Text("Abierto", "Opened"), look=looks.TIME),
                        Column(name="acknowledge_s", title=_ACKNOWLEDGE, look=looks.DURATION),
                        Column(name="resolve_s", title=_RESOLVE, look=looks.DURATION),
                        Column(name="alarms", title=Text("Alarmas", "Alarms"), look=looks.COUNT),
                        Column(
                            name="overdue",
                            title=Text("Fuera de plazo", "Overdue"),
                            look=looks.YES_NO,
                        ),
                    ),
                ),
            ),
        ),
    ),
)
