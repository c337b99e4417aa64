"""SenML (RFC 8428): resolution, our names, and what cannot be mapped."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core import codec
from core.adapters import senml
from core.errors import InvalidField, MissingField
from core.messages import GpsFix, Reading
from core.topics import Address, Kind, Stream

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW_S = 1_767_323_045
EXAMPLES = Path(__file__).parents[2].parent / "shared" / "data" / "senml"
READING = Address(Kind.AIR, "A-1", Stream.READING)
GPS = Address(Kind.TRUCK, "T-1", Stream.GPS)


def decoded(address: Address, pack: list[Any]) -> codec.Decoded:
    """Decode a pack as it comes from the wire."""
    return codec.decode(address, json.dumps(pack).encode(), NOW)


def readings(pack: list[Any]) -> list[Reading]:
    """Decode a pack in which nothing is wrong."""
    messages, refused = decoded(READING, pack)
    assert refused == []
    return [message for message in messages if isinstance(message, Reading)]


def values_of(record: dict[str, Any]) -> dict[str, float]:
    """Decode one record, and answer its metrics."""
    (reading,) = readings([{"t": NOW_S, **record}])
    return reading.values


@pytest.mark.parametrize("number", range(1, 13))
def test_the_examples_resolve_as_the_working_group_says(number: int) -> None:
    """Our resolved records equal the published ones, but for what their tool leaves out."""
    if not EXAMPLES.is_dir():
        pytest.skip("the shared reference data is not beside this checkout")
    pack = json.loads((EXAMPLES / f"ex{number}.json").read_text())
    want = json.loads((EXAMPLES / f"ex{number}.gen.resolved.json").read_text())
    made_at_s = want[0]["t"]
    got = list(senml.resolve(pack, datetime.fromtimestamp(made_at_s, UTC)))
    without_data = [record for record in got if isinstance(record, dict) and "vd" not in record]
    assert without_data == want


def test_base_fields_hold_until_they_are_given_anew() -> None:
    """Name, time, unit, value and sum are all carried on and all replaced."""
    pack = [
        {"bn": "a:", "bt": NOW_S, "bu": "Cel", "bv": 20, "bs": 5, "n": "x", "v": 1, "s": 2},
        {"n": "y", "u": "V", "t": 10, "v": -0.5},
        {"bn": "b:", "bt": NOW_S - 60, "bu": "W", "bv": 0, "bs": 0, "n": "z", "v": 3},
        {"n": "w", "s": 7},
        {"n": "text", "vs": "on"},
    ]
    assert list(senml.resolve(pack, NOW)) == [
        {"n": "a:x", "u": "Cel", "t": NOW_S, "v": 21, "s": 7},
        {"n": "a:y", "u": "V", "t": NOW_S + 10, "v": 19.5},
        {"n": "b:z", "u": "W", "t": NOW_S - 60, "v": 3},
        {"n": "b:w", "u": "W", "t": NOW_S - 60, "s": 7},
        {"n": "b:text", "u": "W", "t": NOW_S - 60, "vs": "on"},
    ]


def test_a_lone_base_value_is_the_value() -> None:
    """A missing value counts as zero where a base value is in force."""
    (reading,) = readings([{"bn": "temperature", "bv": 21.5, "bu": "Cel", "t": NOW_S}])
    assert reading.values == {"temperature_c": 21.5}


@pytest.mark.parametrize(
    ("time_s", "want"),
    [
        (None, NOW),
        (0, NOW),
        (-5, NOW - timedelta(seconds=5)),
        (60, NOW + timedelta(seconds=60)),
        (2**28 - 1, NOW + timedelta(seconds=2**28 - 1)),
        (2**28, datetime(1978, 7, 4, 21, 24, 16, tzinfo=UTC)),
        (NOW_S + 0.123456, NOW + timedelta(microseconds=123_456)),
    ],
)
def test_a_small_time_counts_from_our_receiving_it(time_s: float | None, want: datetime) -> None:
    """Below 2**28 a time is relative, from there on it is absolute."""
    record = {"n": "temperature", "u": "Cel", "v": 1}
    (reading,) = readings([record if time_s is None else {**record, "t": time_s}])
    assert reading.measured_at == want


@pytest.mark.parametrize(
    ("record", "want"),
    [
        ({"n": "urn:dev:ow:1:temperature", "u": "Cel", "v": 21.5}, {"temperature_c": 21.5}),
        ({"n": "2001:db8::2/temp", "u": "K", "v": 300}, {"temperature_c": pytest.approx(26.85)}),
        ({"n": "rh", "u": "%RH", "v": 80}, {"humidity_pct": 80}),
        ({"n": "humidity", "u": "/", "v": 0.8}, {"humidity_pct": 80}),
        ({"n": "pressure", "u": "Pa", "v": 101_300}, {"pressure_hpa": pytest.approx(1013)}),
        ({"n": "pm2_5", "u": "ug/m3", "v": 12}, {"pm25_ugm3": 12}),
        ({"n": "pm10", "u": "kg/m3", "v": 3e-8}, {"pm10_ugm3": pytest.approx(30)}),
        ({"n": "ozone", "u": "ppm", "v": 0.05}, {"o3_ppb": pytest.approx(50)}),
        ({"n": "co", "u": "ppb", "v": 400}, {"co_ppm": pytest.approx(0.4)}),
        ({"n": "noise", "u": "dBspl", "v": 61.5}, {"laeq_db": 61.5}),
        ({"n": "lmax", "u": "Bspl", "v": 7.5}, {"lamax_db": 75}),
        ({"n": "wind_speed", "u": "km/h", "v": 36}, {"wind_mps": pytest.approx(10)}),
        ({"n": "wind-direction", "u": "rad", "v": 3.141592653589793}, {"wind_dir_deg": 180}),
        ({"n": "battery", "u": "mV", "v": 3600}, {"battery_v": pytest.approx(3.6)}),
        ({"n": "battery", "u": "%EL", "v": 98}, {"battery_pct": 98}),
        ({"n": "people", "u": "count", "v": 12}, {"people_count": 12}),
        ({"n": "rssi", "u": "dBW", "v": -101}, {"rssi_dbm": -71}),
        ({"n": "uptime", "u": "h", "v": 2}, {"uptime_s": 7200}),
        ({"n": "pm25_ugm3", "v": 12}, {"pm25_ugm3": 12}),
        ({"n": "temperature", "v": 12}, {"temperature_c": 12}),
        ({"n": "urn:dev:ow:10e2073a01080063", "u": "Cel", "v": 23.1}, {"temperature_c": 23.1}),
        ({"n": "urn:dev:mac:0024befffe804ff1", "u": "dBspl", "v": 50}, {"laeq_db": 50}),
        ({"n": "urn:dev:ow:1:", "u": "%RH", "v": 50}, {"humidity_pct": 50}),
        ({"n": "temperature", "u": "V", "v": 12}, {}),
        ({"n": "ozone", "v": 12}, {}),
        ({"n": "cpu", "u": "Cel", "v": 70}, {}),
        ({"n": "temperature", "vs": "warm"}, {}),
        ({"n": "temperature", "s": 12}, {}),
        ({"n": "lat", "u": "lat", "v": 18}, {}),
    ],
)
def test_names_and_units_become_ours(record: dict[str, Any], want: dict[str, float]) -> None:
    """A name and a unit that go together are mapped; anything else is left alone."""
    assert values_of(record) == want


def test_one_element_a_distinct_time() -> None:
    """Records of one instant are one reading, in whatever order they come."""
    pack = [
        {"bn": "d:", "bt": NOW_S, "n": "temperature", "u": "Cel", "v": 20},
        {"n": "temperature", "u": "Cel", "t": 60, "v": 21},
        {"n": "humidity", "u": "%RH", "v": 80},
        {"n": "humidity", "u": "%RH", "t": 60, "v": 81},
    ]
    got = readings(pack)
    assert [reading.values for reading in got] == [
        {"temperature_c": 20, "humidity_pct": 80},
        {"temperature_c": 21, "humidity_pct": 81},
    ]
    assert [reading.seq for reading in got] == [0, 0]
    assert got[1].measured_at - got[0].measured_at == timedelta(seconds=60)


def test_what_is_not_ours_stays_resolved_in_extra() -> None:
    """Texts, data, foreign names, second values and side labels are all kept."""
    pack = [
        {"bn": "d:", "bt": NOW_S, "n": "temperature", "u": "Cel", "v": 20, "ut": 60},
        {"n": "label", "vs": "Machine Room"},
        {"n": "blob", "vd": "aGkgCg"},
        {"n": "current", "u": "A", "v": 1.2},
        {"bn": "other:", "n": "temperature", "u": "Cel", "v": 30},
    ]
    (reading,) = readings(pack)
    assert reading.values == {"temperature_c": 20}
    assert reading.extra == {
        "senml": {
            "names": {"temperature_c": "d:temperature"},
            "records": [
                {"n": "d:temperature", "u": "Cel", "v": 20, "ut": 60, "t": NOW_S},
                {"n": "d:label", "vs": "Machine Room", "t": NOW_S},
                {"n": "d:blob", "vd": "aGkgCg", "t": NOW_S},
                {"n": "d:current", "u": "A", "v": 1.2, "t": NOW_S},
                {"n": "other:temperature", "u": "Cel", "v": 30, "t": NOW_S},
            ],
        }
    }


def test_our_own_names_leave_nothing_over() -> None:
    """A pack in our vocabulary needs no extra."""
    (reading,) = readings(
        [{"n": "o3_ppb", "v": 20, "t": NOW_S}, {"n": "co_ppm", "v": 1, "t": NOW_S}]
    )
    assert (reading.values, reading.extra) == ({"o3_ppb": 20, "co_ppm": 1}, None)


def test_a_position_comes_from_lat_and_lon() -> None:
    """On gps a pack is a fix for every time that has both coordinates."""
    pack = [
        {"bn": "urn:dev:ow:1", "bt": NOW_S, "u": "lat", "v": 18.1},
        {"u": "lon", "v": -94.4},
        {"n": ":speed", "u": "m/s", "v": 10},
        {"n": ":heading", "u": "deg", "v": 271},
        {"n": ":ignition", "vb": True},
        {"n": ":temperature", "u": "Cel", "v": 30},
        {"u": "%EL", "v": 98, "t": 30},
    ]
    messages, refused = decoded(GPS, pack)
    (fix,) = messages
    assert isinstance(fix, GpsFix)
    assert (fix.lat_deg, fix.lon_deg, fix.heading_deg, fix.ignition) == (18.1, -94.4, 271, True)
    assert fix.speed_mps == pytest.approx(10)
    assert fix.extra is not None
    assert fix.extra["senml"]["records"][0]["n"] == "urn:dev:ow:1:temperature"  # type: ignore[index]
    assert [one.reason for one in refused] == ["missing_field"]
    assert json.loads(refused[0].raw) == [
        {"n": "urn:dev:ow:1", "u": "%EL", "v": 98, "t": NOW_S + 30}
    ]


@pytest.mark.parametrize(
    "bad",
    [
        {"n": "x"},
        {"n": "x", "v": "23"},
        {"n": "x", "v": True},
        {"n": "x", "v": None, "u": 5},
        {"n": "x", "vs": 5},
        {"n": "x", "vb": 1},
        {"n": "x", "v": 1, "vs": "both"},
        {"n": 5, "v": 1},
        {"n": "x", "v": 1, "t": "now"},
        {"n": "x", "v": 1, "t": 1e20},
        {"n": "x", "v": 1, "t": -1e20},
        {"n": "x", "v": 1e305},
        {"bn": "", "v": 1},
    ],
)
def test_a_faulty_record_is_refused_alone(bad: dict[str, Any]) -> None:
    """Its neighbours are stored, and it is kept so that it can be sent again."""
    good = {"bn": "", "n": "o3_ppb", "v": 20, "t": NOW_S}
    messages, refused = decoded(READING, [good, bad, good | {"t": NOW_S + 1}])
    assert len(messages) == 2
    (only,) = refused
    assert only.reason in {"invalid_field", "missing_field"}
    again = codec.decode(READING, only.raw, NOW)
    assert (again.messages, len(again.refused)) == ([], 1)


@pytest.mark.parametrize(
    "bad",
    [
        {"bn": 5},
        {"bt": "now"},
        {"bt": True},
        {"bu": 1},
        {"bv": "1"},
        {"bs": []},
        {"bver": 11},
        {"bver": "10"},
        {"n": "x", "v": 1, "must_": 1},
    ],
)
def test_a_fault_that_spoils_the_rest_refuses_the_pack(bad: dict[str, Any]) -> None:
    """A wrong base field would put wrong names or times on every record after it."""
    pack = [{"n": "o3_ppb", "v": 20, "t": NOW_S}, bad]
    messages, refused = decoded(READING, pack)
    assert messages == []
    assert [one.raw for one in refused] == [json.dumps(pack).encode()]


def test_a_record_that_is_no_json_refuses_the_pack() -> None:
    """It may have held base fields, so nothing after it can be trusted."""
    payload = b'[{"n":"o3_ppb","v":20},{"bt":NaN},{"n":"co_ppm","v":1}]'
    messages, refused = codec.decode(READING, payload, NOW)
    assert messages == []
    assert [(one.reason, one.raw) for one in refused] == [("broken_json", payload)]
    with pytest.raises(InvalidField, match="records"):
        senml.elements([{"n": "o3_ppb", "v": 20}, 5], Stream.READING, NOW)


def test_a_pack_of_bases_alone_says_nothing() -> None:
    """No value, no message; the bytes are in the refusal."""
    with pytest.raises(MissingField):
        senml.elements([{"bn": "urn:dev:ow:1:"}], Stream.READING, NOW)
    assert [one.reason for one in decoded(READING, [{"bn": "a", "bt": 1}]).refused] == [
        "missing_field"
    ]


@pytest.mark.parametrize("stream", [Stream.EVENT, Stream.PLATE, Stream.STATUS, Stream.ACK])
def test_a_pack_elsewhere_is_refused(stream: Stream) -> None:
    """SenML holds measurements; no other stream takes it."""
    address = Address(Kind.AIR, "A-1", stream)
    assert [one.reason for one in decoded(address, [{"n": "o3_ppb", "v": 1}]).refused] == [
        "invalid_field"
    ]


def test_an_array_of_ours_is_not_taken_for_a_pack() -> None:
    """An element with `ts` is ours, whatever names stand beside it."""
    messages, refused = decoded(READING, [{"ts": 1, "seq": 1, "n": "x", "v": 1, "o3_ppb": 5}])
    assert [message.extra for message in messages] == [{"n": "x", "v": 1}]
    assert refused == []
