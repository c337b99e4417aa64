-- 0004_latest: the newest state of each device, for maps and tables.
-- Fixes are believable ones; values carry their flags.
-- A row changes only for a newer measured_at: late data never turns the clock back.
-- Presence is ordered by session, then by going offline, then by the device's clock.
-- Online-safe (new tables). Undo with a later migration, never by editing this.
CREATE TABLE latest_fix (
    device_id   text        PRIMARY KEY,
    measured_at timestamptz NOT NULL,
    seq         bigint      NOT NULL,
    received_at timestamptz NOT NULL,
    lat_deg     float8      NOT NULL,
    lon_deg     float8      NOT NULL,
    speed_mps   float8,
    heading_deg float8,
    flags       smallint    NOT NULL
);
CREATE TABLE latest_value (
    device_id   text        NOT NULL,
    metric      text        NOT NULL,
    measured_at timestamptz NOT NULL,
    seq         bigint      NOT NULL,
    received_at timestamptz NOT NULL,
    value       float8      NOT NULL,
    flags       smallint    NOT NULL,
    PRIMARY KEY (device_id, metric)
);
CREATE TABLE presence (
    device_id   text        PRIMARY KEY,
    online      boolean     NOT NULL,
    session     bigint      NOT NULL,
    measured_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    since       timestamptz NOT NULL,                    -- received_at when `online` last changed
    firmware    text,
    battery_v   float8,
    battery_pct float8,
    rssi_dbm    float8,
    uptime_s    float8,
    outbox      bigint
);
CREATE TABLE last_seen (
    device_id    text        PRIMARY KEY,
    received_at  timestamptz NOT NULL                    -- newest message of any stream
) WITH (fillfactor = 50);
