"""Topics: what is built is what is parsed, and nothing else is."""

import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import topics
from core.errors import UnknownTopic
from core.topics import UPLINK, Address, Kind, Stream

device_ids = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=64)
kinds = st.sampled_from(list(Kind))
streams = st.sampled_from(list(Stream))


@given(kind=kinds, device_id=device_ids, stream=streams)
def test_parse_undoes_telemetry(kind: Kind, device_id: str, stream: Stream) -> None:
    """Build and parse are each other's inverse."""
    topic = topics.telemetry(kind, device_id, stream)
    assert topics.parse(topic) == Address(kind, device_id, stream)
    assert topic == f"c5/v1/{kind.value}/{device_id}/{stream.value}"


@given(kind=kinds, device_id=device_ids)
def test_parse_undoes_enrollment(kind: Kind, device_id: str) -> None:
    """The same on the one topic outside the tree."""
    assert topics.parse_enrollment(topics.enrollment(kind, device_id)) == (kind, device_id)


@given(
    topic=st.text()
    | st.lists(st.sampled_from(["c5", "v1", "truck", "T", "gps", "", "+"])).map("/".join)
)
def test_what_is_parsed_is_what_would_be_built(topic: str) -> None:
    """A topic is either refused by name or exactly what `telemetry` writes."""
    with contextlib.suppress(UnknownTopic):
        assert topics.telemetry(*topics.parse(topic)) == topic


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "/",
        "c5/v1/truck/T-07",
        "c5/v1/truck/T-07/gps/",
        "/c5/v1/truck/T-07/gps",
        "c5/v2/truck/T-07/gps",
        "C5/v1/truck/T-07/gps",
        "c5/v1/tank/T-07/gps",
        "c5/v1/truck/T-07/fuel",
        "c5/v1/truck//gps",
        "c5/v1/truck/T 07/gps",
        "c5/v1/truck/T-07\n/gps",
        "c5/v1/truck/Ñ/gps",
        "c5/v1/truck/+/gps",
        "c5/v1/truck/#",
        "c5/v1/truck/" + "T" * 65 + "/gps",
        "c5/enroll/truck/T-07",
        "$SYS/broker/version",
        "c5/v1/truck/T-07/gps" * 1000,
    ],
)
def test_any_other_topic_is_refused(topic: str) -> None:
    """One refusal, of bounded length, that says what a topic looks like."""
    with pytest.raises(UnknownTopic) as caught:
        topics.parse(topic)
    assert "c5/v1/<kind>/<device>/<stream>" in str(caught.value)
    assert len(str(caught.value)) < 300
    assert caught.value.reason == "unknown_topic"


@pytest.mark.parametrize(
    "topic", ["c5/enroll/truck", "c5/enroll/tank/T", "c5/enroll/truck/T/x", "c5/v1/truck/T/gps"]
)
def test_any_other_enrolment_is_refused(topic: str) -> None:
    """Enrolment has one shape."""
    with pytest.raises(UnknownTopic):
        topics.parse_enrollment(topic)


@pytest.mark.parametrize("device_id", ["", "a/b", "a b", "+", "#", "ñ", "T\n", "x" * 65])
def test_no_topic_is_built_for_a_bad_name(device_id: str) -> None:
    """A name that could reach into another device's topics is refused before it is used."""
    with pytest.raises(UnknownTopic):
        topics.telemetry(Kind.TRUCK, device_id, Stream.GPS)
    with pytest.raises(UnknownTopic):
        topics.enrollment(Kind.TRUCK, device_id)


def test_cmd_alone_flows_to_the_device() -> None:
    """Everything else is an uplink."""
    assert set(Stream) - set(UPLINK) == {Stream.CMD}
