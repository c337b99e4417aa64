"""From hourly concentrations to the category of every station and hour."""

from dataclasses import dataclass

import numpy as np

from sensing.air.means import mean_of
from sensing.air.rule import Rule
from sensing.arrays import F64, I8, cut_off, half_up


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """An index in columns; pollutants in the rule's order."""

    rule: Rule
    value: F64
    """(pollutants, stations, hours): the mean, rounded, in the rule's unit; NaN: too few data."""
    category: I8
    """(pollutants, stations, hours): place in rule.categories; -1: too few data."""
    worst: I8
    """(stations, hours)."""
    dominant: I8
    """(stations, hours): place in rule.pollutants; -1: none."""
    number: F64
    """(stations, hours): the index as a number, where the rule makes one; else NaN."""


def index(rule: Rule, hourly: F64) -> Index:
    """Judge hourly means.

    hourly (pollutants, stations, hours), the rule's pollutants in its units; NaN: no valid hour

    Of several pollutants in the worst category the one farthest into it dominates.
    """
    rounded = half_up if rule.rounding == "half_up" else cut_off
    value = np.stack(
        [rounded(mean_of(one, hourly[at]), one.decimals) for at, one in enumerate(rule.pollutants)]
    )
    last = len(rule.categories) - 1
    category = np.full(value.shape, -1, np.int8)
    depth = np.full(value.shape, -1.0)
    points = np.full(value.shape, np.nan)
    for at, one in enumerate(rule.pollutants):
        bounds = np.array(one.bounds)
        known = np.isfinite(value[at])
        band = np.searchsorted(bounds, np.where(known, value[at], 0.0), side="left").clip(0, last)
        category[at] = np.where(known, band, -1)
        edges = np.concatenate(([0.0], bounds, [2 * bounds[-1]]))
        low, high = edges[band], edges[band + 1]
        share = (np.where(known, value[at], 0.0) - low) / (high - low)
        depth[at] = np.where(known, band + share.clip(0.0, 0.999), -1.0)
        if rule.number:
            points[at] = np.where(known, _points(rule, bounds, one.decimals, value[at]), np.nan)
    dominant = np.where(category.max(axis=0) >= 0, depth.argmax(axis=0), -1)
    some = np.isfinite(points).any(axis=0)
    number = np.where(some, np.where(np.isfinite(points), points, -1.0).max(axis=0), np.nan)
    return Index(
        rule=rule,
        value=value,
        category=category,
        worst=category.max(axis=0).astype(np.int8),
        dominant=dominant.astype(np.int8),
        number=number,
    )


def _points(rule: Rule, bounds: F64, decimals: int, value: F64) -> F64:
    """Interpolate between the ends of a band, which begins one step above the one below."""
    step = 10.0**-decimals
    concentrations = np.concatenate(([0.0], np.ravel(np.column_stack((bounds, bounds + step)))))
    tops = np.array(rule.number)
    numbers = np.concatenate(([0.0], np.ravel(np.column_stack((tops, tops + 1)))))
    return half_up(np.interp(np.nan_to_num(value), concentrations[:-1], numbers[:-1]), 0)
