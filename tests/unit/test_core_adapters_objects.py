"""OwnTracks, The Things Stack and ChirpStack, as their senders write them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from core import codec
from core.adapters import lorawan, names
from core.messages import GpsFix, Reading
from core.metrics import METRICS
from core.topics import UPLINK, Address, Kind, Stream

NOW = datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TST = 1_767_323_045

LOCATION = {
    "_type": "location",
    "BSSID": "00:11:22:33:44:55",
    "acc": 9,
    "alt": 12,
    "batt": 87,
    "bs": 1,
    "cog": 270,
    "conn": "m",
    "created_at": TST + 1,
    "lat": 18.1342,
    "lon": -94.459,
    "t": "u",
    "tid": "07",
    "tst": TST,
    "vac": 3,
    "vel": 36,
}
UPLINK_TTS: dict[str, Any] = {
    "end_device_ids": {"device_id": "air-01", "dev_eui": "0004A30B001C0530"},
    "correlation_ids": ["as:up:01"],
    "received_at": "2026-01-02T03:04:05.5Z",
    "uplink_message": {
        "session_key_id": "AXBSH1Pk6Z0G166",
        "f_port": 1,
        "f_cnt": 42,
        "frm_payload": "gkHe",
        "decoded_payload": {"temperature": 21.5, "humidity": 80, "pm2_5": 12, "mode": "eco"},
        "rx_metadata": [{"rssi": -104, "snr": -2}, {"rssi": -97}, {"gateway_ids": {}}],
        "settings": {"data_rate": {"lora": {"spreading_factor": 7}}},
        "received_at": "2026-01-02T03:04:05.000000123Z",
    },
}
UP_CHIRPSTACK: dict[str, Any] = {
    "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
    "time": "2026-01-02T03:04:05+00:00",
    "deviceInfo": {"deviceName": "air-02", "devEui": "0101010101010101", "tags": {"key": "value"}},
    "devAddr": "00189440",
    "dr": 1,
    "fCnt": 10,
    "fPort": 5,
    "data": "qg==",
    "object": {"temperatureSensor": {"1": 22.5, "2": 30}, "pm10": 31},
    "rxInfo": [{"gatewayId": "1", "rssi": -36, "snr": 10.5}],
    "txInfo": {"frequency": 868_500_000},
}


def decoded(stream: Stream, item: object) -> codec.Decoded:
    """Decode an element as it comes from the wire."""
    address = Address(Kind.TRUCK, "T-1", stream)
    return codec.decode(address, json.dumps(item).encode(), NOW)


def reading(item: object) -> Reading:
    """Decode what must be one reading."""
    (message,) = decoded(Stream.READING, item).messages
    assert isinstance(message, Reading)
    return message


def fix(item: object) -> GpsFix:
    """Decode what must be one fix."""
    (message,) = decoded(Stream.GPS, item).messages
    assert isinstance(message, GpsFix)
    return message


def tts(payload: dict[str, Any], **more: object) -> dict[str, Any]:
    """Answer an uplink with another decoded payload."""
    inner = {**UPLINK_TTS["uplink_message"], "decoded_payload": payload, **more}
    return {**UPLINK_TTS, "uplink_message": inner}


def leaves(tree: object) -> list[object]:
    """Answer every scalar in a tree."""
    if isinstance(tree, dict):
        return [leaf for value in tree.values() for leaf in leaves(value)]
    if isinstance(tree, list):
        return [leaf for value in tree for leaf in leaves(value)]
    return [tree]


def test_an_owntracks_location_is_a_fix() -> None:
    """Its fields become ours, its time is the time, and the rest stays."""
    assert fix(LOCATION) == GpsFix(
        device_id="T-1",
        seq=0,
        measured_at=AT,
        received_at=NOW,
        lat_deg=18.1342,
        lon_deg=-94.459,
        speed_mps=10.0,
        heading_deg=270.0,
        altitude_m=12.0,
        accuracy_m=9.0,
        extra={
            "owntracks": {
                name: LOCATION[name]
                for name in ("BSSID", "batt", "bs", "conn", "created_at", "t", "tid", "vac")
            }
        },
    )


def test_a_negative_speed_or_course_is_unknown() -> None:
    """Telephones say -1 for what they cannot tell; it is kept, but not as a number of ours."""
    got = fix({**LOCATION, "vel": -1, "cog": -1})
    assert (got.speed_mps, got.heading_deg) == (None, None)
    assert got.extra is not None
    assert got.extra["owntracks"].items() >= {"vel": -1, "cog": -1}.items()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"_type": "lwt", "tst": TST}, "invalid_field"),
        ({"_type": "encrypted", "data": "x"}, "invalid_field"),
        ({"_type": 5}, "invalid_field"),
        ({k: v for k, v in LOCATION.items() if k != "tst"}, "missing_field"),
        ({k: v for k, v in LOCATION.items() if k != "lat"}, "missing_field"),
        ({**LOCATION, "tst": "soon"}, "invalid_field"),
        ({**LOCATION, "tst": True}, "invalid_field"),
        ({**LOCATION, "tst": 1e300}, "invalid_field"),
        ({**LOCATION, "tst": 10**400}, "invalid_field"),
        ({**LOCATION, "lat": "18"}, "invalid_field"),
        ({**LOCATION, "lat": 95}, "invalid_field"),
        ({**LOCATION, "vel": "fast"}, "invalid_field"),
    ],
)
def test_what_is_no_owntracks_position_is_refused(item: dict[str, object], reason: str) -> None:
    """Each has a reason, and its bytes are kept."""
    messages, refused = decoded(Stream.GPS, item)
    assert messages == []
    assert [(one.reason, json.loads(one.raw)) for one in refused] == [(reason, item)]


def test_a_things_stack_uplink_is_a_reading() -> None:
    """Aliases become metrics, the frame counter the seq, the best gateway the signal."""
    got = reading(UPLINK_TTS)
    assert got.values == {
        "temperature_c": 21.5,
        "humidity_pct": 80.0,
        "pm25_ugm3": 12.0,
        "rssi_dbm": -97.0,
    }
    assert (got.seq, got.measured_at) == (42, AT)


def test_a_chirpstack_event_is_a_reading() -> None:
    """The same, with its own names; the first of two channels counts and the other stays."""
    got = reading(UP_CHIRPSTACK)
    assert got.values == {"temperature_c": 22.5, "pm10_ugm3": 31.0, "rssi_dbm": -36.0}
    assert (got.seq, got.measured_at) == (10, AT)
    assert got.extra is not None
    assert got.extra["chirpstack"]["object"] == {"temperatureSensor": {"2": 30}}  # type: ignore[index]


@pytest.mark.parametrize("item", [LOCATION, UPLINK_TTS, UP_CHIRPSTACK])
@pytest.mark.parametrize("stream", [Stream.READING, Stream.GPS])
def test_no_value_is_lost(item: dict[str, Any], stream: Stream) -> None:
    """Every scalar that was sent is in a field, in extra, or in the bytes of a refusal."""
    (messages, refused) = decoded(stream, item)
    if refused:
        assert json.loads(refused[0].raw) == item
        return
    extra = leaves(messages[0].extra)
    used = {"temperature": 21.5, "humidity": 80, "pm2_5": 12, "pm10": 31}
    heads = [42, 10, TST, item.get("time"), *used.values(), 22.5, "location"]
    fields = [LOCATION[name] for name in ("lat", "lon", "vel", "cog", "acc", "alt")]
    assert [leaf for leaf in leaves(item) if leaf not in [*extra, *heads, *fields]] == []


def test_a_zero_counter_is_left_out_by_its_sender() -> None:
    """Both leave out what is zero, so an absent counter is zero."""
    inner = {k: v for k, v in UPLINK_TTS["uplink_message"].items() if k != "f_cnt"}
    assert reading({**UPLINK_TTS, "uplink_message": inner}).seq == 0
    assert reading({k: v for k, v in UP_CHIRPSTACK.items() if k != "fCnt"}).seq == 0


def test_the_outer_time_serves_where_the_inner_is_missing() -> None:
    """The application server's time is the second choice."""
    inner = {k: v for k, v in UPLINK_TTS["uplink_message"].items() if k != "received_at"}
    got = reading({**UPLINK_TTS, "uplink_message": inner})
    assert got.measured_at == AT.replace(microsecond=500_000)


@pytest.mark.parametrize(
    ("payload", "want"),
    [
        (
            {"temperature_3": 20, "relative_humidity_2": 60},
            {"temperature_c": 20, "humidity_pct": 60},
        ),
        ({"TempC_SHT": 20, "Hum_SHT": 60, "BatV": 3.1}, {"temperature_c": 20, "humidity_pct": 60}),
        ({"PM2.5": 1, "PM10": 2, "PM1.0": 3}, {"pm25_ugm3": 1, "pm10_ugm3": 2, "pm1_ugm3": 3}),
        ({"relativeHumidity": 60, "batteryLevel": 90}, {"humidity_pct": 60, "battery_pct": 90}),
        ({"temperature": 1, "temperature_c": 2}, {"temperature_c": 2}),
        ({"laeq_db": 60, "LAeq": 61}, {"laeq_db": 60}),
        ({"battery": 3.6}, {"battery_v": 3.6}),
        ({"battery": 88}, {"battery_pct": 88}),
        ({"battery": 3600}, {}),
        ({"battery": 88, "battery_pct": 87}, {"battery_pct": 87}),
        ({"ozone": 30, "co": 1, "wind_speed": 3, "co2": 400}, {}),
        ({"temperature": "21.5", "humidity": True, "pm10": None}, {}),
        ({"rssi": -60}, {"rssi_dbm": -60}),
        ({"ts": 5, "seq": 6, "lat": 1, "device_id": "x"}, {}),
        ({}, {}),
    ],
)
def test_decoded_payloads_are_looked_up(payload: dict[str, object], want: dict[str, float]) -> None:
    """Our names first, then the aliases; what is in doubt is nobody's metric."""
    got = reading(tts(payload))
    assert got.values.items() >= want.items()
    assert got.values.keys() <= want.keys() | {"rssi_dbm", "battery_v"}
    assert (got.seq, got.measured_at) == (42, AT)


def test_a_guessed_battery_stays_as_it_was_sent() -> None:
    """Volts or percent is told by size, so the original is kept beside it."""
    got = reading(tts({"battery": 3.6}))
    assert got.extra is not None
    uplink = got.extra["things_stack"]["uplink_message"]  # type: ignore[index]
    assert uplink["decoded_payload"] == {"battery": 3.6}


@pytest.mark.parametrize(
    "payload",
    [
        {"latitude": 18.1, "longitude": -94.4, "altitude": 5, "sats": 9, "batV": 3.6, "t": 1},
        {"lat_deg": 18.1, "lon_deg": -94.4, "altitude_m": 5, "satellites": 9, "battery_v": 3.6},
        {"gps_1": {"latitude": 18.1, "longitude": -94.4, "altitude": 5}, "sats": 9, "bat_v": 3.6},
        {"gpsLocation": {"1": {"lat": 18.1, "lng": -94.4, "alt": 5, "sats": 9, "vbat": 3.6}}},
        {"lat": 1, "gps": {"lat": 18.1, "lon": -94.4, "alt": 5, "sats": 9}, "battery_voltage": 3.6},
    ],
)
@pytest.mark.parametrize("make", [tts, lambda payload: {**UP_CHIRPSTACK, "object": payload}])
def test_a_decoded_position_is_a_fix(make: Any, payload: dict[str, Any]) -> None:
    """Wherever a decoder puts the coordinates, and with whatever stands beside them."""
    got = fix(make(payload))
    assert (got.lat_deg, got.lon_deg, got.altitude_m) == (18.1, -94.4, 5)
    assert (got.satellites, got.battery_v) == (9, 3.6)
    left = [leaf for leaf in leaves(payload) if leaf not in (18.1, -94.4, 5, 9, 3.6)]
    assert set(map(str, left)) <= set(map(str, leaves(got.extra)))


@pytest.mark.parametrize(
    ("item", "stream", "reason"),
    [
        (UPLINK_TTS, Stream.GPS, "missing_field"),
        (UPLINK_TTS, Stream.EVENT, "invalid_field"),
        (UP_CHIRPSTACK, Stream.STATUS, "invalid_field"),
        (LOCATION, Stream.READING, "invalid_field"),
        ({"uplink_message": 5}, Stream.READING, "invalid_field"),
        ({"uplink_message": {}}, Stream.READING, "missing_field"),
        (tts({"temperature": 1}, received_at="soon"), Stream.READING, "invalid_field"),
        (tts({"temperature": 1}, f_cnt=-1), Stream.READING, "invalid_field"),
        (tts({"temperature": 1}, f_cnt="1"), Stream.READING, "invalid_field"),
        (
            {**UPLINK_TTS, "uplink_message": {"decoded_payload": [1]}},
            Stream.READING,
            "invalid_field",
        ),
        ({"deviceInfo": {}}, Stream.READING, "missing_field"),
        ({**UP_CHIRPSTACK, "object": "x"}, Stream.READING, "invalid_field"),
        (tts({"lat": 95, "lon": 0}), Stream.GPS, "invalid_field"),
        (tts({"temperature": 10**400}), Stream.READING, "invalid_field"),
        (tts({"note": 10**40}), Stream.READING, "invalid_field"),
    ],
)
def test_what_cannot_be_taken_is_refused(item: object, stream: Stream, reason: str) -> None:
    """A foreign message that fits no row keeps its bytes and says why."""
    messages, refused = decoded(stream, item)
    assert messages == []
    assert [(one.reason, json.loads(one.raw)) for one in refused] == [(reason, item)]


def test_foreign_elements_may_stand_in_an_array() -> None:
    """Each is told apart by itself."""
    messages, refused = decoded(
        Stream.READING, [UPLINK_TTS, {"ts": TST * 1000, "seq": 3, "o3_ppb": 5}, UP_CHIRPSTACK, {}]
    )
    assert [message.seq for message in messages] == [42, 3, 10]
    assert [one.raw for one in refused] == [b"{}"]


@pytest.mark.parametrize("mark", ["_type", "uplink_message", "deviceInfo"])
def test_an_element_of_ours_stays_ours(mark: str) -> None:
    """With `ts` and `seq` of its own a foreign mark is only an unknown field."""
    got = reading({"ts": TST * 1000, "seq": 3, "o3_ppb": 5, mark: "location"})
    assert (got.values, got.extra) == ({"o3_ppb": 5.0}, {mark: "location"})


def test_the_strongest_signal_is_found_among_anything() -> None:
    """What is no reception is no signal."""
    assert lorawan.strongest_dbm([{"rssi": -90}, 5, {"rssi": "x"}, {"rssi": True}]) == -90
    assert lorawan.strongest_dbm([]) is None
    assert lorawan.strongest_dbm("x") is None
    assert lorawan.strongest_dbm(None) is None


def test_the_tables_name_only_what_we_have() -> None:
    """Every alias leads to a metric or a field of a position, and is spelled as it is looked up."""
    assert set(names.METRIC_ALIASES.values()) <= set(METRICS)
    assert set(names.FIX_ALIASES.values()) <= names.FIX_FIELDS
    assert set(names.FIX_UNITS) == names.FIX_FIELDS
    assert set(names.SENML_UNITS) == {metric.unit for metric in METRICS.values()}
    known = set(METRICS) | names.FIX_FIELDS
    assert {ours for each in names.UNIT_NEEDED.values() for ours in each} <= known
    assert set(names.UNIT_ALONE.values()) <= known
    for table in (names.METRIC_ALIASES, names.FIX_ALIASES, names.UNIT_NEEDED):
        assert [alias for alias in table if names.canonical(alias) != alias] == []
    assert not names.UNIT_NEEDED.keys() & (names.METRIC_ALIASES.keys() | names.FIX_ALIASES.keys())


def test_foreign_formats_flow_only_where_they_may() -> None:
    """On every other stream nothing foreign is taken."""
    for stream in set(UPLINK) - {Stream.READING, Stream.GPS}:
        for item in (LOCATION, UPLINK_TTS, UP_CHIRPSTACK):
            assert decoded(stream, item).messages == []
