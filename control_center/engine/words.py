"""What is said of a happening beside its title: short, and the same in every language."""

from core.happenings import Happening
from geo.route import Route

_MINUTE_S, _HOUR_S = 60, 3600


def words(what: Happening, route: Route, value: float | None, overspeed_kmh: float) -> str:
    """The route or the place, and how much."""
    match what:
        case Happening.DEPOT_ENTER | Happening.DEPOT_EXIT:
            about = route.depot.name if route.depot else route.name
        case Happening.LANDFILL_ENTER | Happening.LANDFILL_EXIT:
            about = route.landfill.name if route.landfill else route.name
        case _:
            about = route.name
    return about if value is None else f"{about} · {_amount(what, value, overspeed_kmh)}"


def _amount(what: Happening, value: float, overspeed_kmh: float) -> str:
    match what:
        case Happening.OFF_ROUTE:
            return f"{value:.0f} m"
        case Happening.OVERSPEED | Happening.OVERSPEED_END:
            return f"{value:.0f} km/h > {overspeed_kmh:g}"
        case _:
            return lasting(value)


def lasting(seconds: float) -> str:
    """A duration as people say it.

    >>> lasting(75), lasting(720), lasting(7500)
    ('75 s', '12 min', '2 h 05 min')
    """
    if seconds < 2 * _MINUTE_S:
        return f"{seconds:.0f} s"
    minutes = round(seconds / _MINUTE_S)
    if seconds < _HOUR_S:
        return f"{minutes} min"
    return f"{minutes // _MINUTE_S} h {minutes % _MINUTE_S:02} min"
