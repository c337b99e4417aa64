"""Who did what: noting it beside the change, and proving that nobody touched the notes."""
