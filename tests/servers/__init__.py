"""Real servers for tests: private, on loopback, gone afterwards; a missing one is a failure."""
