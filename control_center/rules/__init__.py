"""Facts in, alarms and incidents out: pure, so that a rule can be tried before it goes live."""
