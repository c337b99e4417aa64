"""Vehicles and people that pass: counts, never a plate."""

from typing import Final

from dashboards import looks
from dashboards.boards import parts
from dashboards.boards.parts import coloured
from dashboards.spec import Board, Column, Panel, Row, Text, View

BOARD: Final = Board(
    uid="c5-mobility",
    title=Text("Placas y movilidad", "Plates and mobility"),
    description=Text(
        "Cuántos vehículos y personas pasan, por sentido, clase y estado. Aquí no se lee placa.",
        "How many vehicles and people pass, by direction, class and state. No plate is read here.",
    ),
    kinds=("camera",),
    since="now-7d",
    rows=(
        Row(
            title=Text("Vehículos", "Vehicles"),
            panels=(
                Panel(
                    query="mobility.totals",
                    title=Text("En el periodo", "In the period"),
                    description=Text(
                        "Vehículos que entraron y salieron.", "Vehicles that came and went."
                    ),
                    view=View.STAT,
                    look=looks.COUNT,
                    width=6,
                    columns=(
                        coloured("entering", Text("Entran", "Entering"), looks.BLUE),
                        coloured("leaving", Text("Salen", "Leaving"), looks.ORANGE),
                    ),
                ),
                Panel(
                    query="mobility.flow",
                    title=Text("Por sentido", "By direction"),
                    description=Text(
                        "Vehículos ante las cámaras elegidas.",
                        "Vehicles before the cameras chosen.",
                    ),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=18,
                    least_interval="1h",
                    columns=parts.DIRECTIONS,
                ),
                Panel(
                    query="mobility.classes",
                    title=Text("Por clase", "By class"),
                    description=Text(
                        "Por la clase que dice la placa; menos de tres en una hora son «otros».",
                        "By the class that the plate tells; fewer than three an hour are 'others'.",
                    ),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=12,
                    stacked=True,
                    bars=True,
                    least_interval="1h",
                    columns=parts.series(looks.VEHICLE),
                ),
                Panel(
                    query="mobility.states",
                    title=Text("Por estado de la placa", "By the plate's state"),
                    description=Text(
                        "Menos de tres en una hora son «otros».",
                        "Fewer than three an hour are 'others'.",
                    ),
                    view=View.SHARES,
                    look=looks.COUNT,
                    width=6,
                    columns=(
                        Column(name="state", title=Text("Estado", "State"), look=looks.PLATE_STATE),
                        Column(name="passages", title=Text("Pasos", "Passages")),
                    ),
                ),
                Panel(
                    query="mobility.map",
                    title=Text("Cámaras", "Cameras"),
                    description=Text("Y cuántos pasaron.", "And how many passed."),
                    view=View.MAP,
                    look=looks.COUNT,
                    width=6,
                    columns=(
                        *(parts.DEVICE_ID, parts.NAME, parts.LATITUDE, parts.LONGITUDE),
                        Column(name="passages", title=Text("Pasos", "Passages"), look=looks.COUNT),
                    ),
                ),
                Panel(
                    query="mobility.hours",
                    title=Text("El día usual", "The usual day"),
                    description=Text(
                        "Vehículos por hora local, media de los días del periodo.",
                        "Vehicles by local hour, mean of the period's days.",
                    ),
                    view=View.BARS,
                    look=looks.COUNT,
                    width=12,
                    columns=(
                        Column(name="hour", title=Text("Hora", "Hour"), look=looks.PLAIN),
                        coloured("entering", Text("Entran", "Entering"), looks.BLUE),
                        coloured("leaving", Text("Salen", "Leaving"), looks.ORANGE),
                    ),
                ),
                Panel(
                    query="mobility.cameras",
                    title=Text("Cámaras", "Cameras"),
                    description=Text("El equipo se abre en C5.", "The device opens in C5."),
                    view=View.TABLE,
                    look=looks.PLAIN,
                    width=12,
                    columns=(
                        parts.DEVICE_ID,
                        Column(name="camera", title=Text("Cámara", "Camera")),
                        parts.ZONE,
                        Column(name="entering", title=Text("Entran", "Entering"), look=looks.COUNT),
                        Column(name="leaving", title=Text("Salen", "Leaving"), look=looks.COUNT),
                        parts.LAST_SEEN,
                    ),
                ),
                Panel(
                    query="mobility.hits",
                    title=Text("Hallazgos de listas", "Findings of lists"),
                    description=Text(
                        "Cuántos por día, exactos y parecidos; nunca cuáles.",
                        "How many a day, exact and near; never which.",
                    ),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=12,
                    bars=True,
                    stacked=True,
                    least_interval="1d",
                    no_data=Text("Ningún hallazgo", "No finding"),
                    columns=(
                        coloured("exact", Text("Exactos", "Exact"), looks.RED),
                        coloured("near", Text("Parecidos", "Near"), looks.YELLOW),
                    ),
                ),
                Panel(
                    query="mobility.counters",
                    title=Text("Contadores", "Counters"),
                    description=Text(
                        "Personas y vehículos que vieron los contadores.",
                        "People and vehicles that counters saw.",
                    ),
                    view=View.SERIES,
                    look=looks.COUNT,
                    width=12,
                    least_interval="1h",
                    columns=(
                        coloured("people", Text("Personas", "People"), looks.GREEN),
                        coloured("vehicles", Text("Vehículos", "Vehicles"), looks.BLUE),
                    ),
                ),
            ),
        ),
    ),
)
