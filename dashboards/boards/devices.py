"""Devices, and what of their data is lost, late or refused."""

from typing import Final

from dashboards import looks
from dashboards.boards import parts
from dashboards.boards.parts import coloured
from dashboards.spec import Board, Column, Look, Panel, Row, Text, View
from devices.kinds import KINDS

BOARD: Final = Board(
    uid="c5-devices",
    title=Text("Equipos y pérdida de datos", "Devices and data loss"),
    description=Text(
        "Quién calla, qué se pierde, qué llega tarde y qué se rechaza.",
        "Who is silent, what is lost, what comes late and what is refused.",
    ),
    kinds=tuple(str(kind) for kind in KINDS),
    since="now-7d",
    rows=(
        Row(
            title=Text("Equipos", "Devices"),
            panels=(
                Panel(
                    query="overview.devices",
                    title=Text("Equipos", "Devices"),
                    description=Text(
                        "Oídos dentro del silencio normal de su tipo, y callados por más tiempo.",
                        "Heard within the usual silence of their kind, and silent for longer.",
                    ),
                    view=View.STAT,
                    look=looks.COUNT,
                    width=5,
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
                    query="devices.loss_total",
                    title=Text("Pérdida del periodo", "Loss of the period"),
                    description=Text(
                        "Parte de los mensajes que nunca llegó, y que llegó dos veces.",
                        "Share of the messages that never came, and that came twice.",
                    ),
                    view=View.STAT,
                    look=looks.LOSS,
                    width=5,
                    columns=(
                        Column(name="missing", title=Text("Perdidos", "Missing")),
                        Column(
                            name="duplicates",
                            title=Text("Repetidos", "Repeated"),
                            look=Look(unit="percentunit", decimals=2),
                        ),
                    ),
                ),
                Panel(
                    query="devices.kinds",
                    title=Text("Por tipo", "By kind"),
                    description=Text("Equipos activos.", "Active devices."),
                    view=View.GAUGES,
                    look=looks.COUNT,
                    width=14,
                    columns=(parts.KIND, Column(name="devices", title=Text("Equipos", "Devices"))),
                ),
                Panel(
                    query="devices.silent",
                    title=Text("Callados", "Silent"),
                    description=Text(
                        "Los que debieron oírse y no; el equipo se abre en C5.",
                        "Those that should have been heard and were not; the device opens in C5.",
                    ),
                    view=View.TABLE,
                    look=looks.PLAIN,
                    width=24,
                    no_data=Text("Ningún equipo callado", "No silent device"),
                    columns=(
                        *(parts.DEVICE_ID, parts.NAME, parts.KIND, parts.ZONE, parts.LAST_SEEN),
                        Column(
                            name="silent_s",
                            title=Text("Callado", "Silent"),
                            look=looks.bad_above(600, 3600, unit="s"),
                        ),
                        Column(
                            name="battery_pct",
                            title=Text("Batería", "Battery"),
                            look=looks.BATTERY,
                        ),
                        Column(name="outbox", title=Text("En espera", "Held"), look=looks.COUNT),
                    ),
                ),
                Panel(
                    query="devices.online",
                    title=Text("En línea, por tipo", "Online, by kind"),
                    description=Text(
                        "Parte de los mensajes de estado que dicen «en línea».",
                        "Share of the status messages that say online.",
                    ),
                    view=View.SERIES,
                    look=looks.SHARE,
                    width=12,
                    least_interval="1h",
                    columns=parts.KIND_SERIES,
                ),
                Panel(
                    query="devices.batteries",
                    title=Text("Baterías más bajas", "Weakest batteries"),
                    description=Text("Carga que dicen los equipos.", "Charge that devices tell."),
                    view=View.GAUGES,
                    look=looks.BATTERY,
                    width=12,
                    columns=(
                        parts.NAME,
                        Column(name="battery_pct", title=Text("Batería", "Battery")),
                    ),
                ),
            ),
        ),
        Row(
            title=Text("Datos", "Data"),
            panels=(
                Panel(
                    query="devices.loss",
                    title=Text("Pérdida por tipo", "Loss by kind"),
                    description=Text(
                        "Por los números de mensaje que faltan.",
                        "By the message numbers that are missing.",
                    ),
                    view=View.SERIES,
                    look=looks.LOSS,
                    width=12,
                    least_interval="1h",
                    columns=parts.KIND_SERIES,
                ),
                Panel(
                    query="devices.again",
                    title=Text("Tardíos y repetidos", "Late and repeated"),
                    description=Text(
                        "Llegaron después de lo previsto, o dos veces.",
                        "They came later than they should, or twice.",
                    ),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=12,
                    least_interval="1h",
                    columns=(
                        coloured("late", Text("Tardíos", "Late"), looks.YELLOW),
                        coloured("duplicates", Text("Repetidos", "Repeated"), looks.BLUE),
                    ),
                ),
                Panel(
                    query="devices.worst",
                    title=Text("Los que más pierden", "Those that lose most"),
                    description=Text("De todo el periodo.", "Of the whole period."),
                    view=View.TABLE,
                    look=looks.COUNT,
                    width=12,
                    columns=(
                        *(parts.DEVICE_ID, parts.NAME, parts.KIND),
                        Column(name="sent", title=Text("Enviados", "Sent")),
                        Column(name="stored", title=Text("Guardados", "Stored")),
                        Column(name="missing", title=Text("Perdidos", "Missing")),
                        Column(name="share", title=Text("Parte", "Share"), look=looks.LOSS),
                    ),
                ),
                Panel(
                    query="devices.flagged",
                    title=Text("Lecturas en duda", "Doubted readings"),
                    description=Text(
                        "Parte de las lecturas de cada medida que no se cree.",
                        "Share of each metric's readings that is not believed.",
                    ),
                    view=View.GAUGES,
                    look=looks.LOSS,
                    width=12,
                    columns=(
                        Column(name="metric", title=Text("Medida", "Metric"), look=looks.METRIC),
                        Column(name="doubted", title=Text("En duda", "Doubted")),
                    ),
                ),
                Panel(
                    query="devices.rejects",
                    title=Text("Rechazados", "Refused"),
                    description=Text(
                        "Mensajes rechazados por motivo; sus bytes no se ven aquí.",
                        "Messages refused by reason; their bytes are not seen here.",
                    ),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=12,
                    bars=True,
                    stacked=True,
                    least_interval="1h",
                    no_data=Text("Ningún rechazo", "Nothing refused"),
                    columns=parts.series(looks.REFUSAL),
                ),
                Panel(
                    query="devices.refused",
                    title=Text("Motivos de rechazo", "Reasons of refusal"),
                    description=Text(
                        "Mensajes, y cuántos distintos.", "Messages, and how many different."
                    ),
                    view=View.TABLE,
                    look=looks.COUNT,
                    width=12,
                    no_data=Text("Ningún rechazo", "Nothing refused"),
                    columns=(
                        Column(name="reason", title=Text("Motivo", "Reason"), look=looks.REFUSAL),
                        Column(name="messages", title=Text("Mensajes", "Messages")),
                        Column(name="different", title=Text("Distintos", "Different")),
                        Column(name="last_at", title=Text("Último", "Last"), look=looks.TIME),
                    ),
                ),
            ),
        ),
    ),
)
