"""What codes of the database are called: one vocabulary for panels, series, variables and marks.

They are the control room's own words (control_center/web/src/lib/i18n); a test holds the two
together, so that a wall and a screen never call one thing by two names. A code that a city made
up in its rules has no word here and is shown as it is.
"""

from collections.abc import Mapping
from typing import Final

from dashboards.spec import Language, Text

Words = Mapping[str, Text]

INCIDENT_KIND: Final[Words] = {
    "panic": Text("Botón de pánico", "Panic button"),
    "plate_hit": Text("Placa buscada", "Wanted plate"),
    "plate_near": Text("Placa parecida a una buscada", "Plate like a wanted one"),
    "unplanned_stop": Text("Parada no prevista", "Unplanned stop"),
    "overspeed": Text("Exceso de velocidad", "Speeding"),
    "off_route": Text("Fuera de ruta", "Off its route"),
    "anomaly": Text("Anomalía", "Anomaly"),
    "data_quality": Text("Datos dudosos", "Doubtful data"),
    "stream_down": Text("Cámara sin imagen", "Camera without a picture"),
    "device_silent": Text("Equipo sin señal", "Silent device"),
    "panic_silent": Text("Botón de pánico sin señal", "Silent panic button"),
    "low_battery": Text("Batería baja", "Low battery"),
    "air_bad": Text("Aire muy malo", "Very bad air"),
    "ingest_lag": Text("Datos con retraso", "Delayed data"),
    "manual": Text("Abierto a mano", "Opened by hand"),
}
"""Kinds of alarms and incidents: those of the rule files, and what a person opens."""
SEVERITY: Final[Words] = {
    "CRITICAL": Text("Crítica", "Critical"),
    "MAJOR": Text("Mayor", "Major"),
    "MINOR": Text("Menor", "Minor"),
    "WARNING": Text("Advertencia", "Warning"),
    "INDETERMINATE": Text("Indeterminada", "Indeterminate"),
}
INCIDENT_STATE: Final[Words] = {
    "new": Text("Nuevo", "New"),
    "acknowledged": Text("Enterado", "Acknowledged"),
    "dispatched": Text("Enviado", "Dispatched"),
    "on_scene": Text("En el lugar", "On scene"),
    "resolved": Text("Resuelto", "Resolved"),
    "closed": Text("Cerrado", "Closed"),
    "false": Text("Falsa alarma", "False alarm"),
}
RUN_STATE: Final[Words] = {
    "open": Text("En curso", "Under way"),
    "closed": Text("Cerrado", "Closed"),
}
HAPPENING: Final[Words] = {
    "off_route": Text("Fuera de su ruta", "Off its route"),
    "off_route_end": Text("De vuelta en su ruta", "Back on its route"),
    "unplanned_stop": Text("Parada no prevista", "Unplanned stop"),
    "unplanned_stop_end": Text("Fin de la parada no prevista", "End of the unplanned stop"),
    "overspeed": Text("Exceso de velocidad", "Speeding"),
    "overspeed_end": Text("Fin del exceso de velocidad", "End of speeding"),
    "landfill_enter": Text("Entró al relleno sanitario", "Entered the landfill"),
    "landfill_exit": Text("Salió del relleno sanitario", "Left the landfill"),
    "depot_enter": Text("Entró a la base", "Entered the depot"),
    "depot_exit": Text("Salió de la base", "Left the depot"),
    "data_quality": Text("Datos dudosos", "Doubtful data"),
    "data_quality_end": Text("Datos confiables de nuevo", "Data believable again"),
    "anomaly": Text("Anomalía", "Anomaly"),
    "anomaly_end": Text("Fin de la anomalía", "End of the anomaly"),
    "plate_hit": Text("Placa en lista", "Plate on a list"),
    "plate_near": Text("Placa parecida a una de lista", "Plate close to one on a list"),
    "stream_down": Text("Cámara sin imagen", "Camera without a picture"),
    "panic": Text("Botón de pánico", "Panic button"),
    "button": Text("Botón de pánico", "Panic button"),
    "sos": Text("Botón de pánico", "Panic button"),
    "tamper": Text("Manipulación", "Tampering"),
    "low_battery": Text("Batería baja", "Low battery"),
    "door_open": Text("Puerta abierta", "Door open"),
    "power_fail": Text("Falla de energía", "Power failure"),
    "idling": Text("Motor encendido sin moverse", "Engine on, not moving"),
    "harsh_braking": Text("Frenado brusco", "Harsh braking"),
    "pto_on": Text("Prensa encendida", "Packer on"),
    "pto_off": Text("Prensa apagada", "Packer off"),
    "mains_lost": Text("Sin red eléctrica", "Mains lost"),
}
"""Types of events: what C5 makes of tracks and readings, and what devices send."""
EVENT_SEVERITY: Final[Words] = {
    "critical": Text("Crítica", "Critical"),
    "high": Text("Alta", "High"),
    "warning": Text("Advertencia", "Warning"),
    "normal": Text("Normal", "Normal"),
    "info": Text("Informativa", "Informative"),
}
REFUSAL: Final[Words] = {
    "broken_json": Text("JSON roto", "Broken JSON"),
    "missing_field": Text("Falta un campo", "Missing field"),
    "invalid_field": Text("Campo no válido", "Invalid field"),
    "too_large": Text("Demasiado grande", "Too large"),
    "unknown_topic": Text("Tema desconocido", "Unknown topic"),
    "unknown_device": Text("Dispositivo desconocido", "Unknown device"),
    "kind_mismatch": Text("Tipo equivocado", "Wrong kind"),
    "clock_ahead": Text("Reloj adelantado", "Clock ahead"),
    "clock_behind": Text("Reloj atrasado", "Clock behind"),
    "row_refused": Text("La base lo rechazó", "Refused by the database"),
}
GAP_REASON: Final[Words] = {
    "sin_acceso": Text("Sin acceso", "No access"),
    "calle_cerrada": Text("Calle cerrada", "Street closed"),
    "camion_lleno": Text("Camión lleno", "Truck full"),
    "averia": Text("Avería", "Breakdown"),
    "seguridad": Text("Seguridad", "Safety"),
    "otro": Text("Otro", "Other"),
}
ANOMALY: Final[Words] = {
    "level": Text("Cambio de nivel", "Change of level"),
    "spike": Text("Pico", "Spike"),
    "flatline": Text("Línea plana", "Flat line"),
    "variance": Text("Variación inusual", "Unusual variation"),
    "season": Text("Inusual a esa hora", "Unusual at that hour"),
    "trend": Text("Tendencia", "Trend"),
    "silence": Text("Silencio", "Silence"),
}
ZONE: Final[Words] = {
    "residential": Text("Residencial", "Residential"),
    "commercial": Text("Industrial y comercial", "Industrial and commercial"),
    "school": Text("Escuela", "School"),
    "sin zona": Text("Sin zona", "No zone"),
}
VEHICLE: Final[Words] = {
    "car": Text("Automóvil", "Car"),
    "truck": Text("Camión o camioneta", "Truck or pickup"),
    "bus": Text("Autobús", "Bus"),
    "taxi": Text("Taxi", "Taxi"),
    "motorcycle": Text("Motocicleta", "Motorcycle"),
    "trailer": Text("Remolque", "Trailer"),
    "emergency": Text("Emergencia", "Emergency"),
    "sin clase": Text("Sin clase", "No class"),
    "otros": Text("Otros", "Others"),
}
"""Classes of passages; cells of fewer than three are `otros`."""
PLATE_STATE: Final[Words] = {
    "sin estado": Text("Sin estado", "No state"),
    "otros": Text("Otros", "Others"),
}
"""A state of the republic is its own name."""

IN_SQL: Final[Mapping[str, Words]] = {
    "kind_words": INCIDENT_KIND,
    "severity_words": SEVERITY,
    "zone_words": ZONE,
}
"""Where no mapping of values reaches, a query's hole of this name is filled with the words."""


def rows(words: Words, language: Language) -> str:
    """Rows of VALUES: code and word.

    >>> rows({"on_scene": Text("En el lugar", "On scene")}, "es")
    "('on_scene', 'En el lugar')"
    """
    return ", ".join(
        f"({_quoted(code)}, {_quoted(text.of(language))})" for code, text in words.items()
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
