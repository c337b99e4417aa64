"""Who is told outside of the room: by mail, webhook and MQTT, from an outbox in the database."""
