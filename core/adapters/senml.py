"""SenML JSON (RFC 8428): packs of records, resolved and gathered by time.

`resolve` works off the base fields and relative times; `elements` turns the
resolved records into one element of ours per distinct time. A pack has no
counter, so its seq is 0. A fault in a base field spoils every record after it,
so it refuses the pack; a fault in a record refuses that record alone. A value
that maps to none of our names, a second one for the same name, and whatever
else a record says stay in `extra` under `senml`, with the full names of those
that did map.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core import clock
from core.adapters import names
from core.adapters.lorawan import is_number
from core.errors import InvalidField, MessageRefused, MissingField
from core.metrics import METRICS
from core.topics import Stream

NAME: Final = "senml"
VERSION: Final = 10
_ABSOLUTE_S: Final = 2**28
"""Times below this are seconds from now, negative ones in the past."""
_BASE: Final = frozenset({"bn", "bt", "bu", "bv", "bs", "bver"})
_VALUES: Final = frozenset({"v", "vs", "vb", "vd"})
_MARKS: Final = _BASE | _VALUES | {"n", "s"}
_PLAIN: Final = frozenset({"n", "u", "t", "v", "vb"})
"""Labels of a record that a field of ours says in full."""
_DEVICE_URN: Final = re.compile(r"urn:dev:[^:]+:[^:/]+")
_MAX_NUMBER: Final = 1e300
"""Sums and changes of unit stay finite below this."""

Record = dict[str, object]


@dataclass(slots=True)
class Element:
    """One element of ours, the resolved records that it came from, and perhaps their fault."""

    records: list[Record]
    fields: dict[str, object] = field(default_factory=dict)
    fault: MessageRefused | None = None


@dataclass(slots=True)
class _Base:
    name: str = ""
    time_s: float = 0.0
    unit: str | None = None
    value: float | None = None
    sum: float | None = None


def is_pack(items: list[object]) -> bool:
    """Tell whether an array is SenML: labels of its own, and no element of ours."""
    records = [item for item in items if isinstance(item, dict)]
    return not any("ts" in record for record in records) and any(
        ("n" in record or "bn" in record) and (_MARKS - {"n"}) & record.keys() for record in records
    )


def resolve(pack: list[object], now: datetime) -> Iterator[Record | Element]:
    """Answer every record with its base fields and absolute time; an Element for a faulty one.

    >>> pack = [{"bn": "urn:dev:ow:1:", "bt": 1276020076, "n": "temp", "t": -5, "v": 23.5}]
    >>> list(resolve(pack, clock.EPOCH))
    [{'n': 'urn:dev:ow:1:temp', 't': 1276020071, 'v': 23.5}]
    """
    base = _Base()
    for record in pack:
        if not isinstance(record, dict):
            raise InvalidField("a SenML pack holds something else than records; send objects")
        _rebase(base, record)
        if record.keys() <= _BASE:
            continue
        try:
            yield _resolved(base, record, now)
        except MessageRefused as fault:
            yield Element([_with_base(base, record)], fault=fault)


def elements(pack: list[object], stream: Stream, now: datetime) -> list[Element]:
    """Turn a pack into elements, one per distinct time, in the order of their first record.

    now  what relative times count from
    """
    if stream not in (Stream.READING, Stream.GPS):
        raise InvalidField(f"a SenML pack came on {stream}; publish it on reading or gps")
    faulty: list[Element] = []
    by_time: dict[datetime, Element] = {}
    for record in resolve(pack, now):
        if isinstance(record, Element):
            faulty.append(record)
            continue
        try:
            at = _instant(record)
        except InvalidField as fault:
            faulty.append(Element([record], fault=fault))
            continue
        element = by_time.setdefault(at, Element([], {"ts": at, "seq": 0}))
        element.records.append(record)
    for element in by_time.values():
        _fill(element, stream)
    if not by_time and not faulty:
        raise MissingField("a SenML pack without any value; send records with v, vs, vb or vd")
    return [*by_time.values(), *faulty]


def _rebase(base: _Base, record: Record) -> None:
    """Take over a record's base fields, which hold from it on."""
    for label in record:
        if label.endswith("_"):
            raise InvalidField(f"SenML label {label[:40]!r} must be understood, and is not known")
    version = record.get("bver", VERSION)
    if not is_number(version) or version > VERSION:
        raise InvalidField(f"SenML bver {str(version)[:20]} is unknown; send {VERSION} or less")
    base.name = _text(record, "bn", base.name) or ""
    base.unit = _text(record, "bu", base.unit)
    base.time_s = _number(record, "bt", base.time_s) or 0.0
    base.value = _number(record, "bv", base.value)
    base.sum = _number(record, "bs", base.sum)


def _with_base(base: _Base, record: Record) -> Record:
    """Spell a record so that it can be sent again without those before it."""
    fields = {"bn": base.name, "bt": base.time_s, "bu": base.unit, "bv": base.value}
    return {label: value for label, value in fields.items() if value} | record


def _resolved(base: _Base, record: Record, now: datetime) -> Record:
    out = {label: value for label, value in record.items() if label not in _BASE}
    out["n"] = base.name + (_text(record, "n", "") or "")
    if not out["n"]:
        raise MissingField("a SenML record without a name; send n, or bn before it")
    if (unit := _text(record, "u", base.unit)) is not None:
        out["u"] = unit
    time_s = base.time_s + (_number(record, "t", 0.0) or 0.0)
    out["t"] = time_s if time_s >= _ABSOLUTE_S else clock.epoch_us(now) / 1e6 + time_s
    values = _VALUES & record.keys()
    if len(values) > 1:
        raise InvalidField(f"a SenML record with {' and '.join(sorted(values))}; send one value")
    if values <= {"v"} and (values or (base.value is not None and "s" not in record)):
        out["v"] = _sum(_number(record, "v", None), base.value)
    if "s" in record or (base.sum is not None and not values):
        out["s"] = _sum(_number(record, "s", None), base.sum)
    if not (_VALUES | {"s"}) & out.keys():
        raise MissingField(f"SenML record {out['n']!r} has no value; send v, vs, vb, vd or s")
    if "vb" in record and not isinstance(record["vb"], bool):
        raise InvalidField(f"vb of SenML record {out['n']!r} is no boolean")
    for label in ("vs", "vd"):
        _text(record, label, None)
    return out


def _fill(element: Element, stream: Stream) -> None:
    """Map what can be mapped; keep the rest, and the full names, under `senml`."""
    full_names: dict[str, object] = {}
    rest: list[Record] = []
    for record in element.records:
        found = _mapped(record, stream)
        if found is None or found[0] in element.fields:
            rest.append(record)
            continue
        ours, value = found
        element.fields[ours] = value
        if record["n"] != ours:
            full_names[ours] = record["n"]
        if not record.keys() <= _PLAIN:
            rest.append(record)
    kept: dict[str, object] = {"names": full_names} if full_names else {}
    if rest:
        kept["records"] = rest
    if kept:
        element.fields[NAME] = kept


def _mapped(record: Record, stream: Stream) -> tuple[str, object] | None:
    """Answer our name and value of a record, or None where it is none of ours."""
    name = str(record["n"])
    unit = record.get("u")
    tail = re.split("[:/]", name)[-1]
    on_gps = stream is Stream.GPS
    known = names.fix_field_of(tail) if on_gps else names.metric_of(tail)
    ours = [known] if known else [*names.UNIT_NEEDED.get(names.canonical(tail), ())]
    if not ours and unit and (not tail or _DEVICE_URN.fullmatch(name)):
        ours = [names.UNIT_ALONE.get(str(unit), "")]
    for candidate in ours:
        if candidate not in (names.FIX_FIELDS if on_gps else METRICS):
            continue
        if on_gps and candidate == tail and isinstance(record.get("vb"), bool):
            return candidate, record["vb"]
        value = record.get("v")
        scale = _scale(candidate, unit, on_gps=on_gps, sure=known is not None)
        if is_number(value) and scale is not None:
            scaled = value if scale == names.Scale() else value * scale.factor + scale.offset
            return candidate, scaled
    return None


def _scale(ours: str, unit: object, *, on_gps: bool, sure: bool) -> names.Scale | None:
    units = names.FIX_UNITS[ours] if on_gps else names.SENML_UNITS[METRICS[ours].unit]
    if unit is None:
        return names.Scale() if sure else None
    return units.get(str(unit))


def _instant(record: Record) -> datetime:
    try:
        return clock.EPOCH + timedelta(seconds=float(str(record["t"])))
    except (OverflowError, ValueError) as exc:
        raise InvalidField(
            f"t of SenML record {record['n']!r} lies outside the years 1 to 9999"
        ) from exc


def _sum(value: float | None, base: float | None) -> float:
    """Add a base to a value; leave a lone one as it was sent."""
    if value is None or base is None:
        return (value or 0) if base is None else base
    return value + base


def _text(record: Record, label: str, default: str | None) -> str | None:
    value = record.get(label, default)
    if value is not None and not isinstance(value, str):
        raise InvalidField(f"SenML {label} is {str(value)[:40]!r}; send a text")
    return value


def _number(record: Record, label: str, default: float | None) -> float | None:
    value = record.get(label, default)
    if value is not None and not is_number(value):
        raise InvalidField(f"SenML {label} is {str(value)[:40]!r}; send a number")
    if value is not None and not -_MAX_NUMBER <= value <= _MAX_NUMBER:
        raise InvalidField(f"SenML {label} is beyond any quantity; send less than {_MAX_NUMBER}")
    return value
