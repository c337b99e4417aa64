"""How loud it was: levels in dB(A) in, energy means, percentiles, periods and events out.

Levels are means by energy, never of decibels. What is missing is not guessed: every figure comes
with the share of the time that it stands for.
"""
