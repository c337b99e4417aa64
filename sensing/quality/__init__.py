"""Whether a number can be believed: what samples, neighbours and clocks say against it.

Each check takes series as rows, (series, samples) or (series, hours), NaN where there is none,
and answers which of them it doubts. Nothing is repaired here.
"""
