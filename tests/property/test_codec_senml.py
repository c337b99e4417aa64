"""SenML packs of any shape: no record is lost, and resolving is done once."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core import codec
from core.adapters import names, senml
from core.messages import GpsFix, Reading
from core.topics import Address, Kind, Stream

NOW = datetime(2026, 1, 2, 3, 4, 5, 250_000, tzinfo=UTC)
WORDS = [*names.METRIC_ALIASES, *names.FIX_ALIASES, *names.UNIT_NEEDED, "pm25_ugm3", "lat_deg", "x"]
UNITS = sorted(
    {unit for table in names.SENML_UNITS.values() for unit in table} | {"lat", "lon", "A"}
)

times = st.integers(-3600, 3600) | st.integers(2**28, 2**31) | st.floats(-86_400, 86_400)
values = st.one_of(
    st.builds(lambda v: {"v": v}, st.floats(-1e6, 1e6) | st.integers(-1000, 1000)),
    st.builds(lambda v: {"vs": v}, st.sampled_from(["", "text", "ñ"])),
    st.builds(lambda v: {"vb": v}, st.booleans()),
    st.just({"vd": "aGkgCg"}),
    st.builds(lambda s: {"s": s}, st.floats(0, 1e6)),
    st.just({}),
    st.just({"v": "23"}),
)
bases = st.fixed_dictionaries(
    {},
    optional={
        "bn": st.sampled_from(["urn:dev:ow:10e2073a01080063:", "2001:db8::2/", "a/", ""]),
        "bt": st.integers(2**28, 2**31) | st.floats(0, 100),
        "bu": st.sampled_from(UNITS),
        "bv": st.floats(-1e6, 1e6),
        "bs": st.floats(0, 1e6),
        "bver": st.integers(1, 10),
    },
)
records = st.builds(
    lambda base, value, rest: {**base, **value, **rest},
    st.just({}) | bases,
    values,
    st.fixed_dictionaries(
        {"n": st.sampled_from(WORDS)},
        optional={"u": st.sampled_from(UNITS), "t": times, "ut": st.just(60), "l": st.just("[]")},
    ),
)
packs = st.lists(records, min_size=1, max_size=8).map(
    lambda pack: [{"bn": "urn:dev:ow:1:", **pack[0]}, *pack[1:]]
)


@settings(deadline=None)
@given(pack=packs, stream=st.sampled_from([Stream.READING, Stream.GPS]))
def test_every_record_is_in_one_element(pack: list[Any], stream: Stream) -> None:
    """Records are gathered by time, and none is dropped or counted twice."""
    elements = senml.elements(pack, stream, NOW)
    assert sum(len(element.records) for element in elements) == len(pack)
    told = [element.fields["ts"] for element in elements if element.fault is None]
    assert len(set(map(str, told))) == len(told)
    for element in elements:
        kept: Any = element.fields.get("senml", {})
        mapped = element.fields.keys() - {"ts", "seq", "senml"}
        whole = sum(record.keys() <= senml._PLAIN for record in element.records)
        if element.fault is None:
            assert len(kept.get("records", [])) + len(mapped) >= len(element.records)
            assert len(kept.get("records", [])) + whole >= len(mapped)
            assert kept.get("names", {}).keys() <= mapped


@settings(deadline=None)
@given(pack=packs)
def test_resolving_twice_is_resolving_once(pack: list[Any]) -> None:
    """A resolved pack has nothing left to resolve."""
    once = [one for one in senml.resolve(pack, NOW) if isinstance(one, dict)]
    assert list(senml.resolve(list(once), NOW)) == once


@settings(deadline=None)
@given(pack=packs, stream=st.sampled_from([Stream.READING, Stream.GPS]))
def test_a_pack_decodes_to_its_elements(pack: list[Any], stream: Stream) -> None:
    """Through the codec every element is a message or a refusal, and refusals stay refusals."""
    address = Address(Kind.BUS, "D-1", stream)
    payload = json.dumps(pack).encode()
    got = codec.decode(address, payload, NOW)
    assert len(got.messages) + len(got.refused) == len(senml.elements(pack, stream, NOW))
    assert all(isinstance(one, GpsFix | Reading) and one.seq == 0 for one in got.messages)
    for refusal in got.refused:
        again = codec.decode(address, refusal.raw, NOW)
        assert ([], [refusal.reason]) == (again.messages, [one.reason for one in again.refused])
