"""How grave something is, from what cannot wait to what cannot be told."""

from collections.abc import Iterable
from enum import StrEnum


class Severity(StrEnum):
    """The gravest first."""

    CRITICAL = "CRITICAL"
    MAJOR = "MAJOR"
    MINOR = "MINOR"
    WARNING = "WARNING"
    INDETERMINATE = "INDETERMINATE"


_ORDER = {severity: at for at, severity in enumerate(Severity)}


def gravest(severities: Iterable[Severity]) -> Severity:
    """The gravest of some; INDETERMINATE of none.

    >>> gravest([Severity.WARNING, Severity.MAJOR])
    <Severity.MAJOR: 'MAJOR'>
    """
    return min(severities, key=_ORDER.__getitem__, default=Severity.INDETERMINATE)
