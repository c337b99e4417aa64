"""A city's load, from its vehicles' radios to a real browser's screen.

Private servers, ingest, engine and control center run as processes; processes of vehicles send a
position a second each and events that the shipped rules make alarms of; Chromium shows the
control room's desk. Nothing on the way is replaced by something easier.
"""

from typing import Any, Final

from bench import web_page, web_system
from bench.web_figures import Fact, account, percentiles, slope_per_min
from bench.web_load import Sent
from bench.web_page import Desk, Seen
from bench.web_system import System
from core.clock import monotonic_s, pause
from core.errors import ConfigError
from deploy import web_build

_CALM_S: Final = 5.0
"""The page is left alone for so long before it is measured: loading is not what it does all day."""
_LOOK_S: Final = 2.0
_WEIGH_S: Final = 15.0
_WEIGHINGS: Final = 8
"""At least so many, however short the run."""
_FILL_S: Final = 90.0
"""Until then the page's bounded lists fill; its memory is judged from there on."""
_CATCH_UP_S: Final = 60.0
_TURN_LEAST_S: Final = 4.0


def run(seconds: float, vehicles: int, alarms_per_s: float) -> dict[str, Any]:
    """Measure for so long; ConfigError when vehicles are too few for so many alarms."""
    most = vehicles / _TURN_LEAST_S
    if alarms_per_s > most:
        raise ConfigError(
            f"--alarms-per-s {alarms_per_s:g}: {vehicles} vehicles that end one alarm before they "
            f"raise the next can raise {most:g} a second"
        )
    web_build.ensure()
    with web_system.running(vehicles) as system:
        system.drive(alarms_per_s)
        system.await_fleets()
        opening = web_page.opened(
            system.url, web_system.OPERATOR, system.password, vehicles=vehicles
        )
        with opening as desk:
            began_s = _measure(system, desk, seconds)
            sent, raised = _settle(system, desk)
    return {
        **figures(desk.seen, sent, raised, judged_from_s=began_s + min(_FILL_S, seconds / 3)),
        "vehicles": vehicles,
        "seconds": seconds,
        "screen": desk.kind,
    }


def figures(
    seen: Seen, sent: Sent, raised: list[tuple[int, Fact]], *, judged_from_s: float
) -> dict[str, Any]:
    """What was seen against what was sent, every figure named with its unit."""
    became = account(sent.alarms, raised, seen.held, seen.shown)
    tasks = [task.length_ms for task in seen.own_tasks]
    heap = [point for point in seen.heap_mb if point[0] >= judged_from_s]
    return {
        "publish_to_screen_ms": percentiles(seen.fixes_ms),
        "alarm_to_screen_ms": percentiles(seen.alarms_ms),
        "longest_task_ms": round(max(tasks, default=0.0), 1),
        "long_tasks": len(tasks),
        "heap_slope_mb_per_min": slope_per_min(heap),
        "heap_mb": [round(mb, 1) for _, mb in seen.heap_mb],
        "fixes_per_s": round(sent.fixes / sent.fixes_s, 1) if sent.fixes_s else 0.0,
        "samples": len(seen.fixes_ms) + len(seen.alarms_ms),
        "samples_missed": seen.fixes_missed,
        "unacknowledged": sent.waiting,
        "alarms_sent": len(sent.alarms),
        "alarms_raised": len(raised),
        "alarms_lost": became.lost,
        "alarms_doubled": became.doubled + seen.twice,
    }


def _measure(system: System, desk: Desk, seconds: float) -> float:
    """Let alarms come, look and weigh; when it began, monotonic s."""
    _wait(system, _CALM_S)
    desk.begin()
    system.alarm(on=True)
    began_s = monotonic_s()
    weigh_s = began_s
    while monotonic_s() - began_s < seconds:
        desk.look()
        if monotonic_s() >= weigh_s:
            desk.weigh()
            weigh_s += min(_WEIGH_S, seconds / _WEIGHINGS)
        _wait(system, _LOOK_S)
    desk.look()
    desk.weigh()
    return began_s


def _settle(system: System, desk: Desk) -> tuple[Sent, list[tuple[int, Fact]]]:
    """Raise no more, and wait until the screen has what the database has, for a while at most."""
    system.alarm(on=False)
    _wait(system, _LOOK_S)
    sent = system.park()
    end_s = monotonic_s() + _CATCH_UP_S
    while True:
        desk.look(timed=False)
        raised = system.raised()
        known = {fact for _, fact in raised}
        whole = all(fact in known for fact in sent.alarms)
        if (whole and all(number in desk.seen.held for number, _ in raised)) or (
            monotonic_s() > end_s
        ):
            return sent, raised
        _wait(system, _LOOK_S / 2)


def _wait(system: System, seconds: float) -> None:
    """Let it run; what ended early is raised."""
    end_s = monotonic_s() + seconds
    while (left_s := end_s - monotonic_s()) > 0:
        system.check()
        pause(min(left_s, 0.25))
