"""What a panic button writes may name who pressed it: for the right `panic` alone.

Anyone with the right `view` sees that a button was pressed, when and how; its words are shown to
those who may also see who carries it.
"""

from typing import Final

from core.topics import Kind

_TYPE: Final = "panic"


def may_name(kind: str | None, event_type: str) -> bool:
    """Tell whether an event's text may name somebody: a button's, or of a press of any device.

    kind  of the device; None: it is not in the registry, so it may have been a button

    >>> may_name("panic", "tamper"), may_name("truck", "panic_driver"), may_name("truck", "tamper")
    (True, True, False)
    """
    return kind is None or kind == Kind.PANIC or is_press(event_type)


def is_press(event_type: str) -> bool:
    """Tell whether a type of event is that somebody pressed, whatever the device."""
    return event_type.startswith(_TYPE)
