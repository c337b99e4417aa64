"""Columns and links that more than one board has."""

from typing import Final

from dashboards import looks
from dashboards.spec import Column, Look, Step, Text

DEVICE_PAGE: Final = "/#/d/${__data.fields.device_id}"
RUN_PAGE: Final = "/#/rutas/corrida/${__data.fields.run_id}"
INCIDENT_PAGE: Final = "/#/incidentes/${__data.fields.incident_id}"
AIR_PAGE: Final = "/#/aire/${__data.fields.device_id}"
NOISE_PAGE: Final = "/#/ruido/${__data.fields.device_id}"
ANOMALY_PAGE: Final = "/#/anomalias/${__data.fields.anomaly_id}"

LATITUDE: Final = Column(name="latitude", title=Text("Latitud", "Latitude"), look=looks.PLAIN)
LONGITUDE: Final = Column(name="longitude", title=Text("Longitud", "Longitude"), look=looks.PLAIN)
DEVICE_ID: Final = Column(
    name="device_id", title=Text("Equipo", "Device"), look=looks.PLAIN, link=DEVICE_PAGE
)
NAME: Final = Column(name="name", title=Text("Nombre", "Name"), look=looks.PLAIN)
KIND: Final = Column(name="kind", title=Text("Tipo", "Kind"), look=looks.KIND)
ZONE: Final = Column(name="zone", title=Text("Zona", "Zone"), look=looks.ZONE)
LAST_SEEN: Final = Column(
    name="last_seen", title=Text("Última señal", "Last heard"), look=looks.TIME
)
SEVERITY: Final = Column(name="severity", title=Text("Gravedad", "Severity"), look=looks.SEVERITY)
STATE: Final = Column(name="state", title=Text("Estado", "State"), look=looks.STATE)


def coloured(
    name: str, title: Text, colour: str, look: Look = looks.COUNT, *, right: bool = False
) -> Column:
    """A series that always has one colour."""
    return Column(
        name=name,
        title=title,
        look=Look(unit=look.unit, decimals=look.decimals, steps=(Step(None, colour),)),
        right=right,
    )


SEVERITY_SERIES: Final = tuple(
    coloured(code, label.text, label.colour or looks.GREY)
    for code, label in looks.SEVERITIES.items()
)
INCIDENT_KIND: Final = Column(name="kind", title=Text("Tipo", "Kind"), look=looks.INCIDENT_KIND)
DIRECTIONS: Final = (
    coloured("in", Text("Entran", "Entering"), looks.BLUE),
    coloured("out", Text("Salen", "Leaving"), looks.ORANGE),
    coloured("unknown", Text("Sin sentido", "No direction"), looks.GREY),
)


def series(look: Look) -> tuple[Column, ...]:
    """Series that bear codes for names, in words."""
    return tuple(Column(name=code, title=label.text) for code, label in look.labels.items())


KIND_SERIES: Final = series(looks.KIND)
