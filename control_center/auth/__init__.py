"""Who someone is, for how long, and what they may do."""
