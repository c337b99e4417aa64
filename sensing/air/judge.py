"""Hours judged by the rule of their day: the index over any span, across changes of the rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from sensing.air.index import Index, index
from sensing.air.rule import MEXICAN, Rule, in_force
from sensing.air.table import Hours
from sensing.arrays import I64


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """An index a rule, and which of them holds at each hour."""

    indices: tuple[Index, ...]
    of_hour: I64
    """(hours,): place in `indices`."""

    def at(self, hour: int) -> Index:
        """The index that holds at an hour."""
        return self.indices[int(self.of_hour[hour])]


def judge(hours: Hours, zone: ZoneInfo, versions: Sequence[str] = MEXICAN) -> Judged:
    """Judge every hour by the version in force on its local date."""
    days, of_day = np.unique(_local_days(hours.time_s, zone), return_inverse=True)
    rules: list[Rule] = []
    rule_of_day = np.zeros(len(days), np.int64)
    for at, ordinal in enumerate(days):
        rule = in_force(datetime.fromordinal(int(ordinal)).date(), versions)
        if rule not in rules:
            rules.append(rule)
        rule_of_day[at] = rules.index(rule)
    found = tuple(index(rule, hours.in_units_of(rule)) for rule in rules)
    return Judged(found, rule_of_day[of_day])


def _local_days(time_s: I64, zone: ZoneInfo) -> I64:
    """Local date of every instant, as a proleptic ordinal."""
    return np.array(
        [datetime.fromtimestamp(int(at), UTC).astimezone(zone).date().toordinal() for at in time_s],
        np.int64,
    )
