"""What a batch changes about the present: one newest state a device, and what screens hear."""

from datetime import UTC, datetime, timedelta

import pytest

from core.messages import Event, GpsFix, Reading, SealedPlate, Status, Stored
from core.quality import Assessed, Flag
from ingest.admission import Entry
from ingest.inbox import Inbound
from ingest.news import News
from store import announce

NOW = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)


def at(second: float) -> datetime:
    """So many seconds after NOW."""
    return NOW + timedelta(seconds=second)


def entry(*assessed: Assessed[Stored]) -> Entry:
    """What one MQTT message held."""
    return Entry(Inbound("t", b"", NOW, 1, 1, retained=False), list(assessed))


def fix(second: float, seq: int = 1, *, device_id: str = "T-1", flags: int = 0) -> Entry:
    """A fix whose latitude is its counter."""
    message = GpsFix(
        float(seq), 0.5, 10.0, device_id=device_id, seq=seq, measured_at=at(second), received_at=NOW
    )
    return entry(Assessed(message, flags))


def reading(second: float, seq: int = 1, flags: int = 0, **values: float) -> Entry:
    """A reading."""
    message = Reading(
        device_id="A-1", seq=seq, measured_at=at(second), received_at=NOW, values=values
    )
    return entry(Assessed(message, flags))


def status(second: float, session: int, *, online: bool) -> Entry:
    """A status."""
    message = Status(
        device_id="T-1",
        seq=session,
        measured_at=at(second),
        received_at=NOW,
        online=online,
        session=session,
    )
    return entry(Assessed(message, 0))


def event(second: float, text: str | None = None) -> Entry:
    """An event."""
    message = Event(
        device_id="T-1", seq=1, measured_at=at(second), received_at=NOW, type="door", text=text
    )
    return entry(Assessed(message, 0))


def plate(direction: str | None) -> Entry:
    """A plate read, sealed."""
    message = SealedPlate(
        device_id="C-1",
        seq=1,
        measured_at=NOW,
        received_at=NOW,
        plate_hmac=b"h" * 32,
        key_id="k",
        sealed=b"s",
        direction=direction,
    )
    return entry(Assessed(message, 0))


def test_the_newest_fix_of_each_device_wins() -> None:
    """In whatever order they came."""
    news = News([fix(2, 2), fix(5, 5), fix(3, 3), fix(1, 1, device_id="T-2")])
    assert {(one.device_id, one.seq) for one, _ in news.fixes} == {("T-1", 5), ("T-2", 1)}


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_within_one_instant_the_later_counter_wins(order: tuple[int, int]) -> None:
    """As in the database."""
    [(newest, _)] = News([fix(0, seq) for seq in order]).fixes
    assert newest.seq == 2
    [value] = News([reading(0, seq, pm25_ugm3=float(seq)) for seq in order]).values
    assert value.value == 2.0


@pytest.mark.parametrize("flag", [Flag.RANGE, Flag.JUMP, Flag.STUCK])
def test_an_unbelievable_fix_moves_nobody(flag: Flag) -> None:
    """The newest believable place stays; screens hear of the doubt, with its flags."""
    news = News([fix(1, 1), fix(2, 2, flags=flag)])
    assert [one.seq for one, _ in news.fixes] == [1]
    told = [(change["at"], change["f"]) for change in news.changes()]
    assert told == [(NOW_MS + 1000, 0), (NOW_MS + 2000, int(flag))]


@pytest.mark.parametrize("flag", [Flag.LATE, Flag.CLOCK, Flag.SEQ_BACK])
def test_a_doubtful_but_true_fix_moves_with_its_flags(flag: Flag) -> None:
    """Late is not false."""
    assert [flags for _, flags in News([fix(1, 1, flags=flag)]).fixes] == [flag]


def test_each_metric_has_its_own_newest() -> None:
    """Messages need not carry all of them; doubtful values come with their flags."""
    entries = [
        reading(1, 1, pm25_ugm3=1.0, o3_ppb=10.0),
        reading(3, 3, pm25_ugm3=3.0),
        reading(2, 2, flags=Flag.LATE, o3_ppb=20.0),
    ]
    news = News(entries)
    got = {value.metric: (value.value, value.seq, value.flags) for value in news.values}
    assert got == {"pm25_ugm3": (3.0, 3, 0), "o3_ppb": (20.0, 2, Flag.LATE)}
    [change] = news.changes()
    assert change["m"] == {"pm25_ugm3": 3.0, "o3_ppb": 20.0}
    assert change["f"] == {"o3_ppb": int(Flag.LATE)}
    assert change["at"] == NOW_MS + 3000


def test_presence_is_decided_by_session_then_by_going_offline() -> None:
    """Not by the clock: a new session may begin with a wrong one."""
    said = [
        status(9, 1, online=True),
        status(1, 2, online=True),
        status(2, 2, online=False),
        status(5, 2, online=True),
        status(99, 1, online=False),
    ]
    for entries in (said, said[::-1]):
        [decided] = News(entries).presence
        assert (decided.session, decided.online) == (2, False)


def test_screens_hear_of_everything_once() -> None:
    """A fix, values, a status, each event, and passages counted without a plate."""
    news = News(
        [
            fix(1),
            fix(2, 2),
            reading(1, pm25_ugm3=1.0),
            status(1, 1, online=True),
            event(1),
            event(2, "puerta"),
            plate("in"),
            plate("in"),
            plate(None),
        ]
    )
    said = news.changes()
    assert sorted(str(change["t"]) for change in said) == ["ev", "ev", "fix", "pl", "st", "val"]
    [passages] = [change for change in said if change["t"] == "pl"]
    assert (passages["n"], passages["dir"]) == (3, {"in": 2})
    [place] = [change for change in said if change["t"] == "fix"]
    assert (place["lat"], place["v"], place["rx"]) == (2.0, 36.0, NOW_MS)


def test_a_storm_of_events_is_told_by_its_newest() -> None:
    """Screens are told of two hundred; the database has all."""
    said = News([event(n, str(n)) for n in range(1000)]).changes()
    assert [change["text"] for change in said] == [str(n) for n in range(800, 1000)]


@pytest.mark.parametrize("text", ["🚨" * 4096, "\x01" * 4096, '"' * 4096, "a" * 4096])
def test_an_event_with_a_long_text_is_announced_all_the_same(text: str) -> None:
    """Shortened to what a notification holds, never left out: it may be a call for help."""
    news = News([event(1, text)])
    [payload] = announce.packed(NOW_MS, news.changes())
    assert len(payload.encode()) <= 7900
    [change] = news.changes()
    assert text.startswith(str(change["text"]))
