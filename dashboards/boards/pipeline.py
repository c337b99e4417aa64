"""The way of the data: broker, ingest, database."""

from typing import Final

from dashboards import looks
from dashboards.boards import parts
from dashboards.boards.parts import coloured
from dashboards.spec import Board, Column, Look, Panel, Row, Text, View

_LAG: Final = Look(
    unit="s",
    decimals=2,
    least=0,
    steps=looks.bad_above(2, 10).steps,
)

BOARD: Final = Board(
    uid="c5-pipeline",
    title=Text("Canal de datos", "Pipeline"),
    description=Text(
        "Del bróker a la base: qué llega, con qué demora, y cuánto ocupa.",
        "From the broker to the database: what comes, how late, and how much it takes.",
    ),
    since="now-24h",
    rows=(
        Row(
            title=Text("Ingesta", "Ingest"),
            panels=(
                Panel(
                    query="pipeline.age",
                    title=Text("Último mensaje hace", "Last message"),
                    description=Text(
                        "Tiempo desde lo último que se guardó de cualquier equipo.",
                        "Time since anything of any device was stored.",
                    ),
                    view=View.STAT,
                    look=looks.bad_above(60, 300, unit="s"),
                    width=4,
                    height=6,
                    columns=(Column(name="age_s", title=Text("Hace", "Ago")),),
                ),
                Panel(
                    query="pipeline.lag_now",
                    title=Text("Demora, última hora", "Lag, last hour"),
                    description=Text(
                        "De la recepción a la base: mediana y diecinueve de cada veinte.",
                        "From reception to the database: median and nineteen in twenty.",
                    ),
                    view=View.STAT,
                    look=_LAG,
                    width=6,
                    height=6,
                    columns=(
                        Column(name="median_s", title=Text("Mediana", "Median")),
                        Column(name="p95_s", title=Text("P95", "P95")),
                    ),
                ),
                Panel(
                    query="pipeline.broker",
                    title=Text("Sesiones del bróker", "Broker sessions"),
                    description=Text(
                        "Equipos conectados y desconectados según su último estado.",
                        "Devices connected and away by their last status.",
                    ),
                    view=View.STAT,
                    look=looks.COUNT,
                    width=6,
                    height=6,
                    columns=(
                        coloured("connected", Text("Conectados", "Connected"), looks.GREEN),
                        coloured("away", Text("Ausentes", "Away"), looks.GREY),
                    ),
                ),
                Panel(
                    query="pipeline.pending",
                    title=Text("Por resumir", "To roll up"),
                    description=Text(
                        "Cuentas que esperan el próximo resumen; debería rondar cero.",
                        "Counts that wait for the next rollup; it should be about zero.",
                    ),
                    view=View.STAT,
                    look=looks.bad_above(5_000, 50_000),
                    width=4,
                    height=6,
                    columns=(Column(name="pending", title=Text("En espera", "Waiting")),),
                ),
                Panel(
                    query="pipeline.size",
                    title=Text("Base de datos", "Database"),
                    description=Text("Lo que ocupa en disco.", "What it takes on disk."),
                    view=View.STAT,
                    look=looks.BYTES,
                    width=4,
                    height=6,
                    columns=(Column(name="bytes", title=Text("Tamaño", "Size")),),
                ),
                Panel(
                    query="pipeline.stored",
                    title=Text("Mensajes guardados", "Messages stored"),
                    description=Text("Por tipo de equipo.", "By kind of device."),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=12,
                    stacked=True,
                    least_interval="1h",
                    columns=parts.KIND_SERIES,
                ),
                Panel(
                    query="pipeline.lag",
                    title=Text("Demora", "Lag"),
                    description=Text(
                        "De la recepción a la base, por los mensajes de estado.",
                        "From reception to the database, by status messages.",
                    ),
                    view=View.SERIES,
                    look=_LAG,
                    width=12,
                    least_interval="15m",
                    columns=(
                        coloured("median_s", Text("Mediana", "Median"), looks.BLUE, _LAG),
                        coloured("p95_s", Text("P95", "P95"), looks.ORANGE, _LAG),
                    ),
                ),
                Panel(
                    query="pipeline.refused",
                    title=Text("Rechazados, repetidos y tardíos", "Refused, repeated and late"),
                    description=Text(
                        "Lo que no entró limpio a la primera.",
                        "What did not come in clean at once.",
                    ),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=12,
                    least_interval="1h",
                    columns=(
                        coloured("rejected", Text("Rechazados", "Refused"), looks.RED),
                        coloured("duplicates", Text("Repetidos", "Repeated"), looks.BLUE),
                        coloured("late", Text("Tardíos", "Late"), looks.YELLOW),
                    ),
                ),
                Panel(
                    query="pipeline.connected",
                    title=Text("Equipos conectados", "Devices connected"),
                    description=Text(
                        "Distintos que dijeron estar en línea.",
                        "Distinct ones that said they were online.",
                    ),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=6,
                    least_interval="15m",
                    columns=(coloured("connected", Text("Conectados", "Connected"), looks.GREEN),),
                ),
                Panel(
                    query="pipeline.outbox",
                    title=Text("En espera en los equipos", "Held by devices"),
                    description=Text(
                        "Mensajes que los equipos aún guardan por falta de red o de bróker.",
                        "Messages that devices still hold for want of network or broker.",
                    ),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=6,
                    least_interval="15m",
                    columns=(coloured("held", Text("En espera", "Held"), looks.ORANGE),),
                ),
            ),
        ),
        Row(
            title=Text("Base de datos", "Database"),
            panels=(
                Panel(
                    query="pipeline.tables",
                    title=Text("Tablas más grandes", "Largest tables"),
                    description=Text("Con sus índices y trozos.", "With their indexes and chunks."),
                    view=View.GAUGES,
                    look=looks.BYTES,
                    width=12,
                    columns=(
                        Column(name="name", title=Text("Tabla", "Table"), look=looks.PLAIN),
                        Column(name="bytes", title=Text("Tamaño", "Size")),
                    ),
                ),
                Panel(
                    query="pipeline.chunks",
                    title=Text("Tablas", "Tables"),
                    description=Text("Tamaño y número de trozos.", "Size and number of chunks."),
                    view=View.TABLE,
                    look=looks.COUNT,
                    width=12,
                    columns=(
                        Column(name="name", title=Text("Tabla", "Table"), look=looks.PLAIN),
                        Column(name="bytes", title=Text("Tamaño", "Size"), look=looks.BYTES),
                        Column(name="parts", title=Text("Trozos", "Chunks")),
                    ),
                ),
            ),
        ),
    ),
)
