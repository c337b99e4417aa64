"""The engine's few parameters, each with its meaning. None belongs to a series.

Times are in samples, so a series sampled every second and one sampled every hour are
judged alike; only the hour of day and the day of the week are wall-clock.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Defaults for telemetry; ADR 0012 says how little each of them matters."""

    # What is usual
    short: float = 4.0
    """Samples of the short mean, whose records and jumps are looked at."""
    slow: float = 64.0
    """Samples of the slow mean, which sees drifts and lasting shifts."""
    memory: float = 2000.0
    """Samples over which the usual level (a running median) and spread may change."""
    agility: float = 3.0
    """How many times faster than 1/memory the running median and spread may walk."""
    steps_short: float = 8.0
    steps_long: float = 512.0
    """Samples of the two means of squared steps that a change of variance compares."""
    surprise: float = 20.0
    """Samples over which surprise at the hour of day is averaged."""
    own_day_from: int = 48
    """Samples of an hour on working days (or on weekends) before it stands for itself."""

    # How much each kind of evidence weighs, in the order of its names in `evidence`
    weights: tuple[float, ...] = (0.7, 0.6, 0.5, 1.0, 1.0, 1.0)
    horizon: int = 16384
    """Samples after which what was counted counts half."""

    # What is new
    forget: float = 800.0
    """Samples over which an alarm is forgotten: less than it says nothing new."""
    exceed: float = 1.1
    """Within that time, only this many times as much evidence is news."""
    record_forget: float = 4000.0
    record_share: float = 0.8
    """Evidence below this share of the (slowly forgotten) record is nothing new."""
    daily_keep: float = 0.8
    """What happened at this hour on earlier days is kept at this share a day."""
    damp: float = 0.25
    """What is nothing new is shown at this share of its evidence."""

    # The score
    half: float = 5.75
    """Evidence (nats) that scores 0.5, the alarm threshold for every series."""


DEFAULT = Tuning()
