-- 0001_device: the registry. A device nobody enrolled can only be 'pending'.
-- Online-safe (new table). Undo with a later migration, never by editing this.
CREATE TABLE device (
    device_id    text        PRIMARY KEY CHECK (device_id ~ '^[A-Za-z0-9_-]{1,64}$'),
    kind         text        NOT NULL,
    name         text        NOT NULL,
    state        text        NOT NULL CHECK (state IN ('active', 'pending', 'revoked')),
    lat_deg      float8      CHECK (lat_deg BETWEEN -90 AND 90),    -- NULL: it moves, or unknown
    lon_deg      float8      CHECK (lon_deg BETWEEN -180 AND 180),
    backfill     boolean     NOT NULL DEFAULT false,                -- may send any past
    interval_s   float8      CHECK (interval_s > 0),                -- NULL: its kind's
    created_at   timestamptz NOT NULL DEFAULT now(),
    changed_at   timestamptz NOT NULL DEFAULT now(),
    attributes   jsonb       NOT NULL DEFAULT '{}'
);

-- Whoever caches the registry (ingest, control center) hears of every change at commit.
CREATE FUNCTION device_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('c5_registry', coalesce(NEW.device_id, OLD.device_id));
    RETURN NULL;
END $$;
CREATE TRIGGER device_changed AFTER INSERT OR UPDATE OR DELETE ON device
    FOR EACH ROW EXECUTE FUNCTION device_changed();
