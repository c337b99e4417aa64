"""What reports say, Spanish first. Colours and strokes of the map live in drawing.py."""

from typing import Final

LANGUAGES: Final = ("es", "en")
STATES: Final = {
    "serviced": {"es": "servida", "en": "serviced"},
    "too_fast": {"es": "demasiado rápido", "en": "too fast"},
    "missed": {"es": "no servida", "en": "missed"},
    "unknown": {"es": "sin datos", "en": "unknown"},
}
"""What became of a block."""


def texts(lang: str) -> dict[str, str]:
    """Everything that a report says in one language."""
    at = LANGUAGES.index(lang)
    return {name: both[at] for name, both in _TEXTS.items()}


_TEXTS: Final = {
    "stop": ("parada", "stop"),
}
