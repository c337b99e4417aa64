"""The vocabulary of the house: messages, topics, units, clock, settings, errors. No I/O."""
