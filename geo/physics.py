"""What is known of trucks, streets and receivers, as numbers with a reason each.

None of these is fitted to a route. They are properties of a fleet that stops and goes
(collection, sweeping, watering) and of ordinary GNSS receivers. They hold for other fleets of the
kind; ADR 0010 says how they were measured and how little each matters.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Physics:
    """Defaults for heavy vehicles in city streets."""

    # The receiver
    noise_tau_s: float = 30.0
    """Positions err slowly: the error forgets itself in about half a minute."""
    noise_white_m: float = 1.2
    """What is left of the error from one fix to the next."""
    noise_floor_m: float = 2.5
    noise_ceiling_m: float = 10.0
    noise_unknown_m: float = 5.0
    """Assumed where too few fixes move near the plan to measure it."""
    heading_sharpness: float = 40.0
    """Von Mises concentration of a moving receiver's heading: about 9 degrees."""
    heading_stray: float = 0.05
    """Share of headings, at speed, that are stale or wrong."""
    turning_stray: float = 0.2
    """The same within 10 m of a block's end, where the truck may be turning."""
    slow_stray: float = 0.3
    heading_from_mps: float = 1.2
    heading_firm_mps: float = 2.2
    standing_mps: float = 0.8
    """Below this a reported speed means standing."""

    # The vehicle
    top_mps: float = 15.0
    hidden_mps: float = 16.0
    pace_mps: float = 2.2
    """Mean progress of a truck that serves: stops included."""
    between_mps: float = 8.3
    """30 km/h: how fast a truck gets from one street to another in town, junctions included."""
    brake_mps2: float = 3.0
    accel_mps2: float = 1.3
    stop_spacing_m: float = 30.0
    """Between two service stops."""
    short_block_m: float = 13.5
    """A block shorter than this holds no stop of its own, unless a fix stood on it."""

    # Progress between two fixes: expected, less and more than expected
    slower_m: float = 5.0
    slower_mps: float = 0.8
    faster_m: float = 4.0
    faster_mps: float = 1.0
    faster_share: float = 0.12
    faster_sparse: float = 0.6

    # The choice between histories, in nats
    leave: float = 3.5
    join: float = 1.5
    turn: float = 3.0
    """To leave the plan's order at a junction."""
    leap: float = 5.0
    """To do so where no planned junction is near."""
    after_silence: float = 2.0
    outlier: float = 11.0
    outlier_hdop: float = 7.0
    off_plan: float = 1.0
    off_plan_reach: float = 0.7
    lateral_cap: float = 10.0
    slow_vote: float = 1.5
    """A truck that stands or crawls is seldom off its plan: it works. At this many nats."""
    slow_vote_mps: float = 6.0
    """Where the vote turns to the other side, up to `fast_vote` of it."""
    fast_vote: float = 0.8
    on_link: float = 1.5
    """To be on a link too long for a junction: the way there is seldom straight."""
    extend: float = 0.5
    """To drive one more block of the plan before leaving it."""

    # Geometry
    reach_m: float = 6.0
    reach_sigmas: float = 3.2
    junction_m: float = 35.0
    """Ends of blocks closer than this meet at one junction."""
    link_m: float = 100.0
    """Up to here the way from a block to the next is taken as straight."""
    silence_s: float = 60.0
    """A longer pause between fixes is a silence."""
    pause_s: float = 20.0
    """Between this and a silence what was driven is inferred, but nothing is called missed that
    there was time for."""
    off_route_m: float = 15.0
    """Farther than this from every planned block is off route."""
    detour: float = 1.414
    """Street distance over straight distance, 4/pi: the mean over directions in a grid."""

    # Reading the matched path
    seen_share: float = 0.5
    """A block counts as seen when this share of its length was."""
    presence_s: float = 0.3
    """On a shorter block than this nothing can be observed at all."""


DEFAULT = Physics()
