"""Everything on one machine: servers, a simulated city, ingest, the operator's screen."""
