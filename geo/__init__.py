"""What a truck did against what was planned: arrays in, arrays out, no I/O.

    Plan ──Course──┐
                   ├─▶ matching ─▶ itinerary ─▶ passes ─▶ compliance
    Trace ─clean───┘                    └─▶ stops · events · fences · eta

Everything takes whole fleets at once; one truck is a fleet of one. Metres, metres a second,
seconds of Unix time and degrees inside. See ADR 0010.
"""
