"""From the broker to the database: every message stored once, counted, or kept in rejects."""
