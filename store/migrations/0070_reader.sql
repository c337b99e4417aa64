-- 0070_reader: what dashboards may read, and the role that reads it.
-- Views of the schema `panel` are the whole of it: nothing of personal data, no free text, no
-- bytes, no secret. The role c5_reader may read these and no table; a new table stays shut until
-- a view here opens it. It has no password and cannot log in before `c5 dashboards reader`.
-- Where this connection may not make roles, the views stand alone and that command says so.
-- Online-safe (new schema and table; hours with noise are rolled up once more).
CREATE SCHEMA panel;

-- Sound levels have no arithmetic mean, so noise has a rollup of its own.
CREATE TABLE noise_hourly (
    device_id text        NOT NULL,
    hour      timestamptz NOT NULL,
    n         bigint      NOT NULL,   -- samples believed
    leq_db    float8      NOT NULL,   -- their energy mean, not calibrated
    l10_db    float8      NOT NULL,   -- exceeded in 10 % of them
    l90_db    float8      NOT NULL,
    PRIMARY KEY (device_id, hour)
);
INSERT INTO ledger_delta (device_id, hour)
SELECT device_id, hour FROM reading_hourly WHERE metric = 'laeq_db';

-- A panic button may bear a name and stand where somebody lives: neither is shown.
CREATE VIEW panel.device AS
SELECT device_id, kind, state, interval_s,
       CASE WHEN kind = 'panic' THEN device_id ELSE name END AS name,
       CASE WHEN kind = 'panic' THEN device_id
            ELSE coalesce(nullif(split_part(name, ' · ', 2), ''), name) END AS label,
       CASE WHEN kind = 'panic' THEN NULL ELSE lat_deg END AS lat_deg,
       CASE WHEN kind = 'panic' THEN NULL ELSE lon_deg END AS lon_deg,
       coalesce(attributes ->> 'zone', attributes ->> 'noise_zone', 'sin zona') AS zone,
       created_at
FROM device;

CREATE VIEW panel.presence AS
SELECT device_id, online, since, received_at, firmware, battery_v, battery_pct, rssi_dbm,
       uptime_s, outbox
FROM presence;

CREATE VIEW panel.last_seen AS SELECT device_id, received_at FROM last_seen;

CREATE VIEW panel.status AS
SELECT device_id, measured_at, seq, received_at, stored_at, online, battery_v, battery_pct,
       rssi_dbm, outbox
FROM status;

-- Positions of the city's own vehicles only; nobody else's, such as of who carries a button.
CREATE VIEW panel.fix WITH (security_barrier) AS
SELECT device_id, measured_at, received_at, stored_at, lat_deg, lon_deg, speed_mps * 3.6 AS speed_kmh,
       ignition, flags & 459 = 0 AS believed
FROM gps_fix
WHERE device_id IN (SELECT device_id FROM device WHERE kind IN ('truck', 'bus'));

CREATE VIEW panel.latest_fix WITH (security_barrier) AS
SELECT device_id, measured_at, received_at, lat_deg, lon_deg, speed_mps * 3.6 AS speed_kmh,
       flags & 459 = 0 AS believed
FROM latest_fix
WHERE device_id IN (SELECT device_id FROM device WHERE kind IN ('truck', 'bus'));

CREATE VIEW panel.fix_hourly AS
SELECT device_id, hour, n, flagged, sum_speed_mps * 3.6 AS sum_speed_kmh, n_speed,
       max_speed_mps * 3.6 AS max_speed_kmh, moving
FROM fix_hourly;

CREATE VIEW panel.fix_daily AS
SELECT device_id, day, n, flagged, sum_speed_mps * 3.6 AS sum_speed_kmh, n_speed,
       max_speed_mps * 3.6 AS max_speed_kmh, moving
FROM fix_daily;

-- Values are calibrated, and NULL where they are not believed.
CREATE VIEW panel.reading AS
SELECT raw.device_id, raw.metric, raw.measured_at, raw.received_at, raw.stored_at,
       CASE WHEN raw.flags & 459 = 0
            THEN coalesce(span.gain, 1) * raw.value + coalesce(span.offset_value, 0) END AS value
FROM reading raw
LEFT JOIN calibration_span span
       ON span.device_id = raw.device_id AND span.metric = raw.metric
      AND span.valid_from <= raw.measured_at AND raw.measured_at < span.valid_until
WHERE raw.metric <> 'extra';

CREATE VIEW panel.latest_value AS
SELECT raw.device_id, raw.metric, raw.measured_at, raw.received_at,
       CASE WHEN raw.flags & 459 = 0
            THEN coalesce(span.gain, 1) * raw.value + coalesce(span.offset_value, 0) END AS value
FROM latest_value raw
LEFT JOIN calibration_span span
       ON span.device_id = raw.device_id AND span.metric = raw.metric
      AND span.valid_from <= raw.measured_at AND raw.measured_at < span.valid_until;

-- By the calibration that holds when the hour begins.
CREATE VIEW panel.reading_hourly AS
SELECT raw.device_id, raw.metric, raw.hour, raw.n, raw.flagged,
       coalesce(span.gain, 1) * raw.sum_value / nullif(raw.n, 0)
           + coalesce(span.offset_value, 0) AS mean_value,
       coalesce(span.gain, 1) * raw.min_value + coalesce(span.offset_value, 0) AS min_value,
       coalesce(span.gain, 1) * raw.max_value + coalesce(span.offset_value, 0) AS max_value
FROM reading_hourly raw
LEFT JOIN calibration_span span
       ON span.device_id = raw.device_id AND span.metric = raw.metric
      AND span.valid_from <= raw.hour AND raw.hour < span.valid_until;

CREATE VIEW panel.reading_daily AS
SELECT device_id, metric, day, n, flagged, sum_value / nullif(n, 0) AS mean_value, min_value,
       max_value
FROM reading_daily;

CREATE VIEW panel.noise_hourly AS
SELECT raw.device_id, raw.hour, raw.n,
       coalesce(span.gain, 1) * raw.leq_db + coalesce(span.offset_value, 0) AS leq_db,
       coalesce(span.gain, 1) * raw.l10_db + coalesce(span.offset_value, 0) AS l10_db,
       coalesce(span.gain, 1) * raw.l90_db + coalesce(span.offset_value, 0) AS l90_db
FROM noise_hourly raw
LEFT JOIN calibration_span span
       ON span.device_id = raw.device_id AND span.metric = 'laeq_db'
      AND span.valid_from <= raw.hour AND raw.hour < span.valid_until;

CREATE VIEW panel.air_index AS
SELECT device_id, hour, rule_id, category, dominant, believed, doubted FROM air_index;

CREATE VIEW panel.anomaly AS
SELECT anomaly_id, device_id, metric, started_at, ended_at, score, why, value, usual, is_true
FROM anomaly;

-- Without its text and whatever a device added; without the place of who pressed a button.
CREATE VIEW panel.event AS
SELECT device_id, measured_at, received_at, stored_at, type, severity, value,
       CASE WHEN type LIKE 'panic%' OR type LIKE 'plate%' THEN NULL ELSE lat_deg END AS lat_deg,
       CASE WHEN type LIKE 'panic%' OR type LIKE 'plate%' THEN NULL ELSE lon_deg END AS lon_deg
FROM event;

CREATE VIEW panel.ledger AS
SELECT device_id, hour, stored, rejected, duplicates, late,
       coalesce(seq_hi - seq_lo + 1, stored + rejected) AS sent,
       greatest(0, coalesce(seq_hi - seq_lo + 1 - stored - rejected, 0)) AS missing
FROM ledger_hour;

-- Messages that came since the last rollup, a few seconds ago.
CREATE VIEW panel.ledger_new AS
SELECT device_id, hour, stored, rejected, duplicates, late FROM ledger_delta;

-- Why, when and how often; neither bytes nor what they made the decoder say.
CREATE VIEW panel.reject AS
SELECT reject_id, first_at, last_at, times, device_id, reason, size_bytes, replayed_at FROM reject;

CREATE VIEW panel.route AS SELECT route_id, name, created_at, retired_on FROM route;

CREATE VIEW panel.run AS
SELECT run_id, route_id, service_date, device_id, window_from, window_to, state, revision,
       fix_rows, computed_at, coverage, serviced, too_fast, missed, unknown, serviced_m,
       too_fast_m, missed_m, unknown_m, begin_late_s, end_late_s, off_route_s, service_m,
       deadhead_m
FROM run;

CREATE VIEW panel.run_review AS SELECT run_id, verdict, reason, reviewed_at FROM run_review;

CREATE VIEW panel.passage_hourly AS SELECT device_id, hour, direction, n FROM passage_hourly;

-- Where fewer than three passed, neither class nor state is told: one of a kind could be found.
CREATE VIEW panel.passage_count AS
SELECT device_id, hour, direction, n,
       CASE WHEN n < 3 THEN 'otros' ELSE class END AS class,
       CASE WHEN n < 3 THEN 'otros' ELSE state END AS state
FROM passage_count;

-- How many, never which, where or who.
CREATE VIEW panel.plate_hit_daily AS
SELECT date_trunc('day', measured_at) AS day, exact, state, count(*) AS n
FROM plate_hit GROUP BY 1, 2, 3;

-- No title, no names, no place of who pressed: what happened, how grave, and how fast.
CREATE VIEW panel.alarm AS
SELECT alarm_id, kind, severity, device_id, raised_at, last_at, count, cleared_at,
       acknowledged_at, closed_at, incident_id
FROM alarm;

CREATE VIEW panel.incident AS
SELECT incident_id, kind, severity, state, opened_at, acknowledged_at, dispatched_at, on_scene_at,
       resolved_at, closed_at, due_step, due_at, overdue, alarms,
       CASE WHEN kind LIKE 'panic%' OR kind LIKE 'plate%' THEN NULL ELSE lat_deg END AS lat_deg,
       CASE WHEN kind LIKE 'panic%' OR kind LIKE 'plate%' THEN NULL ELSE lon_deg END AS lon_deg
FROM incident;

-- Bytes on disk, chunks counted with their hypertable.
CREATE VIEW panel.table_size AS
SELECT parts.name, sum(pg_total_relation_size(parts.part))::bigint AS bytes, count(*) AS parts
FROM (SELECT relname::text AS name, oid::regclass AS part
        FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
      UNION ALL
      SELECT hypertable_name::text, format('%I.%I', chunk_schema, chunk_name)::regclass
        FROM timescaledb_information.chunks WHERE hypertable_schema = 'public') parts
GROUP BY parts.name;

-- Makes the role, opens the views to it and bounds it; repeating it changes nothing.
CREATE FUNCTION panel.admit_reader() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'c5_reader') THEN
        BEGIN
            CREATE ROLE c5_reader NOLOGIN CONNECTION LIMIT 20;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database of this server was quicker
        END;
        GRANT c5_reader TO CURRENT_USER;
        ALTER ROLE c5_reader SET default_transaction_read_only = 'on';
        ALTER ROLE c5_reader SET statement_timeout = '5s';
        ALTER ROLE c5_reader SET lock_timeout = '1s';
        ALTER ROLE c5_reader SET idle_in_transaction_session_timeout = '10s';
        ALTER ROLE c5_reader SET search_path = panel, public;
    END IF;
    GRANT USAGE ON SCHEMA panel TO c5_reader;
    GRANT USAGE ON SCHEMA public TO c5_reader;  -- where TimescaleDB's functions are
    GRANT SELECT ON ALL TABLES IN SCHEMA panel TO c5_reader;
    ALTER DEFAULT PRIVILEGES IN SCHEMA panel GRANT SELECT ON TABLES TO c5_reader;
END $$;
REVOKE EXECUTE ON FUNCTION panel.admit_reader() FROM PUBLIC;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'c5_reader')
       OR (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) THEN
        PERFORM panel.admit_reader();
    END IF;
END $$;
