"""All SQL, one module a table; the only place that imports psycopg."""
