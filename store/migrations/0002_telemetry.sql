-- 0002_telemetry: what devices say. The primary key makes redelivery a no-op.
-- Three clocks: measured_at (device), received_at (ingest), stored_at (database).
-- No foreign key to device: its trigger would run once a row on the hottest path;
-- ingest admits only enrolled devices, and a deleted device keeps its history.
-- Online-safe (new tables). Undo with a later migration, never by editing this.
CREATE EXTENSION IF NOT EXISTS timescaledb;

CREATE TABLE gps_fix (
    device_id   text        NOT NULL,
    measured_at timestamptz NOT NULL,
    seq         bigint      NOT NULL,
    received_at timestamptz NOT NULL,
    stored_at   timestamptz NOT NULL DEFAULT now(),
    lat_deg     float8      NOT NULL CHECK (lat_deg BETWEEN -90 AND 90),
    lon_deg     float8      NOT NULL CHECK (lon_deg BETWEEN -180 AND 180),
    speed_mps   float8,                                  -- NULL: not reported
    heading_deg float8,
    altitude_m  float8,
    hdop        float8,
    accuracy_m  float8,
    satellites  smallint,
    odometer_m  float8,
    battery_v   float8,
    ignition    boolean,
    pto         boolean,                                 -- lift or press working
    flags       smallint    NOT NULL DEFAULT 0,          -- core.quality.Flag
    extra       jsonb,                                   -- what the vocabulary does not know
    PRIMARY KEY (device_id, measured_at, seq)
);
SELECT create_hypertable('gps_fix', by_range('measured_at', INTERVAL '1 day'),
                         create_default_indexes => false);

-- Narrow: one row a metric, so that a stuck sensor does not taint its neighbours
-- on the same station, and every rollup, chart and anomaly reads one shape.
-- A message's unknown fields ride on a row whose metric is 'extra'.
CREATE TABLE reading (
    device_id   text        NOT NULL,
    measured_at timestamptz NOT NULL,
    seq         bigint      NOT NULL,
    metric      text        NOT NULL,
    received_at timestamptz NOT NULL,
    stored_at   timestamptz NOT NULL DEFAULT now(),
    value       float8,
    flags       smallint    NOT NULL DEFAULT 0,
    extra       jsonb,
    PRIMARY KEY (device_id, metric, measured_at, seq),
    CHECK ((metric = 'extra') = (extra IS NOT NULL)),
    CHECK ((metric = 'extra') = (value IS NULL))
);
SELECT create_hypertable('reading', by_range('measured_at', INTERVAL '7 days'),
                         create_default_indexes => false);

-- Personal data: the plate is a keyed hash, what else the camera said is sealed.
CREATE TABLE plate_read (
    device_id   text        NOT NULL,
    measured_at timestamptz NOT NULL,
    seq         bigint      NOT NULL,
    received_at timestamptz NOT NULL,
    stored_at   timestamptz NOT NULL DEFAULT now(),
    plate_hmac  bytea       NOT NULL CHECK (octet_length(plate_hmac) = 32),
    key_id      text        NOT NULL,                    -- which key hashed and sealed it
    score       float8,
    dscore      float8,
    region      text,
    direction   text,
    vehicle     text,
    sealed      bytea,                                   -- box, candidates, unknown fields
    flags       smallint    NOT NULL DEFAULT 0,
    extra       jsonb       CHECK (extra IS NULL),       -- sealed instead
    PRIMARY KEY (device_id, measured_at, seq)
);
SELECT create_hypertable('plate_read', by_range('measured_at', INTERVAL '1 day'),
                         create_default_indexes => false);

CREATE TABLE event (
    device_id   text        NOT NULL,
    measured_at timestamptz NOT NULL,
    seq         bigint      NOT NULL,
    received_at timestamptz NOT NULL,
    stored_at   timestamptz NOT NULL DEFAULT now(),
    type        text        NOT NULL,
    severity    text,
    lat_deg     float8      CHECK (lat_deg BETWEEN -90 AND 90),
    lon_deg     float8      CHECK (lon_deg BETWEEN -180 AND 180),
    value       float8,
    text        text,
    flags       smallint    NOT NULL DEFAULT 0,
    extra       jsonb,
    PRIMARY KEY (device_id, measured_at, seq)
);
SELECT create_hypertable('event', by_range('measured_at', INTERVAL '7 days'),
                         create_default_indexes => false);

CREATE TABLE status (
    device_id   text        NOT NULL,
    measured_at timestamptz NOT NULL,
    seq         bigint      NOT NULL,
    received_at timestamptz NOT NULL,
    stored_at   timestamptz NOT NULL DEFAULT now(),
    online      boolean     NOT NULL,
    session     bigint      NOT NULL,
    firmware    text,
    battery_v   float8,
    battery_pct float8,
    rssi_dbm    float8,
    uptime_s    float8,
    outbox      bigint,
    flags       smallint    NOT NULL DEFAULT 0,
    extra       jsonb,
    PRIMARY KEY (device_id, measured_at, seq)
);
SELECT create_hypertable('status', by_range('measured_at', INTERVAL '7 days'),
                         create_default_indexes => false);

-- Acknowledgements that answer commands; rare, so an ordinary table.
CREATE TABLE ack (
    device_id   text        NOT NULL,
    measured_at timestamptz NOT NULL,
    seq         bigint      NOT NULL,
    received_at timestamptz NOT NULL,
    stored_at   timestamptz NOT NULL DEFAULT now(),
    command_id  text        NOT NULL,
    ok          boolean     NOT NULL,
    detail      text,
    flags       smallint    NOT NULL DEFAULT 0,
    extra       jsonb,
    PRIMARY KEY (device_id, measured_at, seq)
);

CREATE TABLE command (
    command_id  text        PRIMARY KEY,
    device_id   text        NOT NULL REFERENCES device,
    name        text        NOT NULL,
    args        jsonb       NOT NULL DEFAULT '{}',
    issued_at   timestamptz NOT NULL DEFAULT now(),
    issued_by   text        NOT NULL,
    expires_at  timestamptz
);
CREATE INDEX command_by_device ON command (device_id, issued_at DESC);
CREATE INDEX ack_by_command ON ack (command_id);
