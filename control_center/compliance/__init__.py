"""Runs judged against their plans: which there are, what became of each, and proof of it."""
