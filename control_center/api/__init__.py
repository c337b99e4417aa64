"""The HTTP interface under /api: one thin module a subject, each endpoint naming its right."""
