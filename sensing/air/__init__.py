"""How bad the air is: hourly concentrations in, the index of each station and hour out.

    long rows ─table─▶ (pollutant, station, hour) ─means─▶ rounded ─index─▶ category, dominant

A rule is a dated file under sensing/rules; data are judged by the rule in force on their day.
"""
