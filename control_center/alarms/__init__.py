"""Alarms: from what was stored to what an operator is told."""
