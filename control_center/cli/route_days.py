"""Days and names as the commands of `c5 route` take them."""

from datetime import date, datetime
from typing import Annotated

import typer

from control_center import plans
from core import clock, settings

RouteId = Annotated[
    str, typer.Argument(metavar="ROUTE", help="A route's id, as `c5 route list` shows it.")
]
TruckId = Annotated[
    str, typer.Argument(metavar="DEVICE", help="A truck's device id, as `c5 device list` shows it.")
]
FORMATS = ["%Y-%m-%d"]


def day(said: datetime | None) -> date:
    """The day said, or today in the city."""
    return said.date() if said is not None else today()


def today() -> date:
    """The city's local day."""
    return plans.today(settings.load().timezone, clock.utc_now())
