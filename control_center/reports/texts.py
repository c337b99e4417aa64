"""What reports say, Spanish first. Never blame: unknown is the tracker's silence, not a miss."""

from typing import Final, Literal

Lang = Literal["es", "en"]
LANGUAGES: Final = ("es", "en")
STATES: Final = {
    "serviced": ("servida", "serviced"),
    "too_fast": ("demasiado rápido", "too fast"),
    "missed": ("no servida", "missed"),
    "unknown": ("sin datos", "no data"),
}
"""What became of a block, in a word."""
GAPS: Final = {
    "too_fast": (
        "pasó demasiado rápido para recolectar",
        "driven too fast to collect",
    ),
    "missed": (
        "no servida: el rastreador reportaba y el camión no la recorrió",
        "missed: the tracker was reporting and the truck did not drive it",
    ),
    "unknown": ("sin datos: el rastreador calló", "no data: the tracker was silent"),
    "pending": ("aún sin datos: el recorrido sigue abierto", "no data yet: the run is still open"),
}
"""Why a block is a gap, in a sentence."""
VERDICTS: Final = {
    "confirmed": ("confirmada", "confirmed"),
    "disputed": ("objetada", "disputed"),
}
REASONS: Final = {
    "sin_acceso": ("sin acceso", "no access"),
    "calle_cerrada": ("calle cerrada", "street closed"),
    "camion_lleno": ("camión lleno", "truck full"),
    "averia": ("avería", "breakdown"),
    "seguridad": ("seguridad", "safety"),
    "otro": ("otro motivo", "other reason"),
}
"""The catalogue of reasons."""
EVENTS: Final = {
    "overspeed": ("exceso de velocidad", "overspeed"),
    "idling": ("motor encendido parado", "idling"),
    "harsh_braking": ("frenado brusco", "harsh braking"),
    "landfill_enter": ("entra al vertedero", "enters the landfill"),
    "landfill_exit": ("sale del vertedero", "leaves the landfill"),
    "depot_enter": ("entra a la base", "enters the depot"),
    "depot_exit": ("sale de la base", "leaves the depot"),
    "pto_on": ("toma de fuerza activa", "power take-off on"),
    "pto_off": ("toma de fuerza apagada", "power take-off off"),
}
WHY: Final = {
    "provisional": ("provisional: el recorrido sigue abierto", "provisional: the run is open"),
    "closed": ("cierre del recorrido", "the run was closed"),
    "late": ("llegaron datos tardíos", "late data came"),
    "backfill": ("recálculo", "recomputed"),
}
BY: Final = {
    "truck": ("camión", "truck"),
    "route": ("ruta", "route"),
    "supervisor": ("supervisor", "supervisor"),
    "week": ("semana", "week"),
    "day": ("día", "day"),
}
WEEKDAYS: Final = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS: Final = {
    "es": (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_TEXTS: Final = {
    "report": ("Informe de recorrido", "Run report"),
    "route": ("Ruta", "Route"),
    "truck": ("Camión", "Truck"),
    "window": ("Ventana", "Window"),
    "local_time": ("hora local", "local time"),
    "signature": ("Firma", "Signature"),
    "revision": ("Revisión", "Revision"),
    "no_data": ("s/d", "n/a"),
    "no_data_key": ("s/d: sin datos", "n/a: not available"),
    "problem": ("Qué pasó con este recorrido", "What happened to this run"),
    "coverage": ("Cobertura", "Coverage"),
    "by_length": ("de la longitud por servir", "of the length to be serviced"),
    "blocks": ("cuadras", "blocks"),
    "order": ("Orden respetado", "Order kept"),
    "began": ("Inicio", "Start"),
    "ended": ("Fin", "End"),
    "late": ("después de la ventana", "after the window"),
    "early": ("antes de la ventana", "before the window"),
    "late_begin": ("tras abrir la ventana", "after the window opened"),
    "early_begin": ("antes de abrir la ventana", "before the window opened"),
    "late_end": ("tras cerrar la ventana", "after the window closed"),
    "early_end": ("antes de cerrar la ventana", "before the window closed"),
    "off_route": ("Fuera de ruta", "Off route"),
    "once": ("1 vez", "once"),
    "times": ("veces", "times"),
    "service": ("En servicio", "In service"),
    "deadhead": ("En vacío", "Deadhead"),
    "landfill_trips": ("Viajes al vertedero", "Landfill trips"),
    "fixes": ("Posiciones usadas", "Fixes used"),
    "dropped": ("descartadas", "dropped"),
    "map": ("Mapa", "Map"),
    "trace": ("recorrido del camión", "truck's trace"),
    "connector": ("tramo de paso", "transit only"),
    "stop": ("parada", "stop"),
    "stop_off_plan": ("parada no prevista", "unplanned stop"),
    "depot": ("base", "depot"),
    "landfill": ("vertedero", "landfill"),
    "gap_number": ("número de la tabla", "number in the table"),
    "gaps": ("Cuadras por revisar", "Blocks to look at"),
    "gaps_open": ("Cuadras aún sin servir", "Blocks not serviced yet"),
    "no_gaps": ("Todas las cuadras fueron servidas.", "Every block was serviced."),
    "street": ("Calle · colonia", "Street · district"),
    "what": ("Qué se sabe", "What is known"),
    "length": ("Largo", "Length"),
    "time": ("Hora", "Time"),
    "reviews": ("Supervisor", "Supervisor"),
    "not_reviewed": ("sin revisar", "not reviewed"),
    "photo": ("foto", "photo"),
    "superseded": ("anterior", "earlier"),
    "other_reviews": ("Otras revisiones", "Other reviews"),
    "stops": ("Paradas", "Stops"),
    "no_stops": ("Sin paradas registradas.", "No stops were recorded."),
    "from": ("Desde", "From"),
    "to": ("Hasta", "To"),
    "lasted": ("Duración", "Lasted"),
    "place": ("Lugar", "Place"),
    "on_plan": ("en la ruta", "on the route"),
    "off_plan": ("fuera de la ruta", "off the route"),
    "silent": ("el rastreador calló", "the tracker was silent"),
    "events": ("Eventos", "Events"),
    "no_events": ("Sin eventos.", "No events."),
    "event": ("Evento", "Event"),
    "value": ("Valor", "Value"),
    "verify": ("Cómo verificar", "How to verify"),
    "verify_how": (
        "Firmado con el SHA-256 de su documento. Recalcule y compruebe que nada cambió con:",
        "Signed with the SHA-256 of its document. Recompute it and prove nothing changed with:",
    ),
    "document_digest": ("Documento", "Document"),
    "plan_digest": ("Plan, versión", "Plan, version"),
    "chain_digest": ("Cadena de revisiones", "Chain of reviews"),
    "chain_empty": ("vacía", "empty"),
    "page": ("página", "page"),
    "of": ("de", "of"),
    "computed": ("calculado", "computed"),
    "summary": ("Resumen de recorridos", "Summary of runs"),
    "by": ("por", "by"),
    "runs": ("Recorridos", "Runs"),
    "provisional": ("provisional", "provisional"),
    "open": ("prov.", "prov."),
    "gaps_short": ("Por revisar", "To look at"),
    "reviewed": ("Revisadas", "Reviewed"),
    "no_runs": ("No hubo recorridos en estos días.", "There were no runs on these days."),
    "nobody": ("sin supervisor", "no supervisor"),
    "morning": ("Informe de la mañana", "Morning report"),
    "open_center": ("Detalle y mapas en el centro de control.", "Details and maps are in C5."),
    "shared_note": (
        "Cobertura por longitud; si dos camiones comparten ruta, cada cuadra cuenta una vez.",
        "Coverage by length; where two trucks share a route, each block counts once.",
    ),
}


def texts(lang: str) -> dict[str, str]:
    """Everything that a report says in one language."""
    return {name: pick(both, lang) for name, both in _TEXTS.items()}


def pick(both: tuple[str, str], lang: str) -> str:
    """The wording in one language."""
    return both[LANGUAGES.index(lang)]
