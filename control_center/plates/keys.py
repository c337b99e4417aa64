"""The keys that open plates. A control center without them works, and says that it cannot."""

from core.errors import ConfigError
from core.seal import KeyRing, PlateVault
from core.settings import Settings


class PlatesShut(ConfigError):
    """There is no key, so no plate can be hashed or opened here."""

    reason = "plates_shut"

    def __init__(self) -> None:
        super().__init__(
            "plates, and who carries a panic button, cannot be opened here: no key is set; "
            "set ingest.plate_key (C5_INGEST__PLATE_KEY) to the key that ingest seals them under, "
            "and start again"
        )


def ring(settings: Settings, current: str | None) -> KeyRing | None:
    """Today's key and the older ones of the settings; None without one of today.

    current  what ingest seals under: `Connections.plates`
    """
    if current is None:
        return None
    older = [
        PlateVault(one.get_secret_value(), setting="plates.older_keys")
        for one in settings.plates.older_keys
    ]
    return KeyRing(PlateVault(current), older)


def needed(found: KeyRing | None) -> KeyRing:
    """Insist on keys; PlatesShut without."""
    if found is None:
        raise PlatesShut
    return found
