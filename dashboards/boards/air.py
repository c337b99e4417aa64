"""Air quality by NOM-172, station by station."""

from typing import Final

from core.metrics import METRICS
from dashboards import looks
from dashboards.boards import parts
from dashboards.boards.parts import coloured
from dashboards.spec import Board, Column, Look, Panel, Row, Text, View
from sensing.air.table import METRIC_OF

_STATION: Final = Column(name="station", title=Text("Estación", "Station"), look=looks.PLAIN)


def _pollutant(name: str) -> Panel:
    metric = METRICS[METRIC_OF[name]]
    return Panel(
        query="air.pollutant",
        values={"metric": metric.name},
        title=Text(metric.es, metric.en),
        description=Text(
            f"{metric.es} por estación. Las líneas son los límites de la NOM-172, que rigen la "
            "media de la norma: aquí sólo orientan.",
            f"{metric.en} by station. The lines are NOM-172's bounds, which hold for the norm's "
            "mean: here they only guide.",
        ),
        view=View.SERIES,
        look=looks.pollutant(name),
        width=8,
        least_interval="1m",
    )


BOARD: Final = Board(
    uid="c5-air",
    title=Text("Calidad del aire", "Air quality"),
    description=Text(
        "Índice AIRE Y SALUD (NOM-172) y concentraciones de cada estación.",
        "AIRE Y SALUD index (NOM-172) and concentrations of each station.",
    ),
    kinds=("air",),
    by_zone=True,
    since="now-7d",
    rows=(
        Row(
            title=Text("Índice", "Index"),
            panels=(
                Panel(
                    query="air.now",
                    title=Text("Ahora", "Now"),
                    description=Text(
                        "Categoría de la última hora juzgada de cada estación.",
                        "Category of the last hour judged of each station.",
                    ),
                    view=View.STAT,
                    look=looks.CATEGORY,
                    width=14,
                    height=8,
                    columns=(_STATION, Column(name="category", title=Text("Aire", "Air"))),
                ),
                Panel(
                    query="air.map",
                    title=Text("Estaciones", "Stations"),
                    description=Text(
                        "Con el color de su categoría.", "In the colour of their category."
                    ),
                    view=View.MAP,
                    look=looks.CATEGORY,
                    width=10,
                    height=8,
                    columns=(
                        Column(
                            name="device_id",
                            title=Text("Equipo", "Device"),
                            look=looks.PLAIN,
                            link=parts.AIR_PAGE,
                        ),
                        *(parts.NAME, parts.LATITUDE, parts.LONGITUDE),
                        Column(
                            name="category",
                            title=Text("Categoría", "Category"),
                            look=looks.CATEGORY,
                        ),
                        Column(
                            name="dominant",
                            title=Text("Contaminante", "Pollutant"),
                            look=looks.POLLUTANT,
                        ),
                        Column(name="hour", title=Text("Hora", "Hour"), look=looks.TIME),
                    ),
                ),
                Panel(
                    query="air.history",
                    title=Text("Categorías", "Categories"),
                    description=Text(
                        "Hora por hora; en periodos largos, la peor de cada tramo.",
                        "Hour by hour; over long periods, the worst of each stretch.",
                    ),
                    view=View.STATES,
                    look=looks.CATEGORY,
                    width=14,
                    height=9,
                    least_interval="1h",
                ),
                Panel(
                    query="air.shares",
                    title=Text("Horas por categoría", "Hours by category"),
                    description=Text(
                        "Horas de cada estación en cada categoría.",
                        "Each station's hours in each category.",
                    ),
                    view=View.BARS,
                    look=Look(unit="h", decimals=0, least=0),
                    width=10,
                    height=9,
                    stacked=True,
                    columns=(
                        _STATION,
                        *(
                            coloured(name, title, colour, Look(unit="h", decimals=0))
                            for name, (title, colour) in looks.CATEGORY_COLUMNS.items()
                        ),
                        coloured(
                            "insufficient",
                            Text("Datos insuficientes", "Too few data"),
                            looks.GREY,
                            Look(unit="h", decimals=0),
                        ),
                    ),
                ),
            ),
        ),
        Row(
            title=Text("Concentraciones", "Concentrations"),
            panels=tuple(_pollutant(name) for name in ("pm25", "pm10", "o3", "no2", "so2", "co")),
        ),
        Row(
            title=Text("Alrededor", "Around"),
            panels=(
                Panel(
                    query="air.weather",
                    title=Text("Temperatura y humedad", "Temperature and humidity"),
                    description=Text("Media de las estaciones.", "Mean of the stations."),
                    view=View.SERIES,
                    look=Look(unit="celsius", decimals=1),
                    width=8,
                    least_interval="1h",
                    columns=(
                        coloured(
                            "temperature_c",
                            Text("Temperatura", "Temperature"),
                            looks.ORANGE,
                            Look(unit="celsius", decimals=1),
                        ),
                        coloured(
                            "humidity_pct",
                            Text("Humedad", "Humidity"),
                            looks.BLUE,
                            Look(unit="percent", decimals=0),
                            right=True,
                        ),
                    ),
                ),
                Panel(
                    query="air.sufficiency",
                    title=Text("Lecturas creíbles", "Believable readings"),
                    description=Text(
                        "Parte de las lecturas que no se ponen en duda.",
                        "Share of the readings that are not doubted.",
                    ),
                    view=View.SERIES,
                    look=looks.SHARE,
                    width=8,
                    least_interval="1h",
                    columns=(
                        coloured(
                            "believed", Text("Creíbles", "Believed"), looks.GREEN, looks.SHARE
                        ),
                    ),
                ),
                Panel(
                    query="air.dominant",
                    title=Text("Contaminante dominante", "Dominant pollutant"),
                    description=Text(
                        "Horas que no fueron buenas, por el contaminante que decidió.",
                        "Hours that were not good, by the pollutant that decided.",
                    ),
                    view=View.SHARES,
                    look=Look(unit="h", decimals=0),
                    width=8,
                    columns=(
                        Column(
                            name="pollutant",
                            title=Text("Contaminante", "Pollutant"),
                            look=looks.POLLUTANT,
                        ),
                        Column(name="hours", title=Text("Horas", "Hours")),
                    ),
                ),
                Panel(
                    query="air.anomalies",
                    title=Text("Anomalías", "Anomalies"),
                    description=Text(
                        "Lo que el motor encontró fuera de lo usual; el número la abre en C5.",
                        "What the engine found unusual; the number opens it in C5.",
                    ),
                    view=View.TABLE,
                    look=looks.PLAIN,
                    width=24,
                    no_data=Text("Ninguna anomalía", "No anomaly"),
                    columns=(
                        Column(
                            name="anomaly_id",
                            title=Text("N.º", "No."),
                            look=looks.PLAIN,
                            link=parts.ANOMALY_PAGE,
                        ),
                        _STATION,
                        Column(name="metric", title=Text("Medida", "Metric"), look=looks.METRIC),
                        Column(name="started_at", title=Text("Empezó", "Began"), look=looks.TIME),
                        Column(name="ended_at", title=Text("Terminó", "Ended"), look=looks.TIME),
                        Column(name="why", title=Text("Motivo", "Why"), look=looks.ANOMALY),
                        Column(
                            name="score",
                            title=Text("Puntaje", "Score"),
                            look=Look(unit="percentunit", decimals=0),
                        ),
                    ),
                ),
            ),
        ),
    ),
)
