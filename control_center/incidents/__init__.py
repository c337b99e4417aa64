"""Incidents: what is done about alarms, by whom, and by when."""
