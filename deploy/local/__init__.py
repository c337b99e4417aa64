"""Private servers for one machine: PostgreSQL with TimescaleDB, and Mosquitto.

`Runtime(folder).up()` answers where they are. What is provided, and in which
order it is looked for, is docs/adr/0003-local-services.md.
"""
