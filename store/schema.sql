-- The whole schema, as all migrations together make it: for reading, never for running.
-- Written by `PYTHONPATH=. .venv/bin/python -m tests.servers.schema`; a test replays the
-- migrations and compares. Hypertables, and their chunk intervals, are listed at the end.

CREATE FUNCTION panel.admit_reader() RETURNS void
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.account_shut() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('c5_session', encode(token_hash, 'hex'))
       FROM api_token WHERE username = NEW.username AND revoked_at IS NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION public.api_token_ended() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('c5_session', encode(NEW.token_hash, 'hex'));
    RETURN NULL;
END $$;

CREATE FUNCTION public.audit_is_final() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the audit is only appended to: % is refused', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION public.device_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('c5_registry', coalesce(NEW.device_id, OLD.device_id));
    RETURN NULL;
END $$;

CREATE FUNCTION public.hot_entry_step() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'pending' THEN
            RAISE EXCEPTION 'an entry begins as pending, and somebody else approves it'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'hot_entry_step';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> NEW.state AND NOT (
           (OLD.state = 'pending' AND NEW.state IN ('active', 'withdrawn', 'expired'))
        OR (OLD.state = 'active' AND NEW.state IN ('withdrawn', 'expired'))) THEN
        RAISE EXCEPTION 'an entry does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hot_entry_step';
    END IF;
    IF (OLD.list_id, OLD.proposed_by, OLD.proposed_at) IS DISTINCT FROM
       (NEW.list_id, NEW.proposed_by, NEW.proposed_at)
       OR OLD.expires_at IS DISTINCT FROM NEW.expires_at
       OR (OLD.approved_by IS NOT NULL AND OLD.approved_by IS DISTINCT FROM NEW.approved_by)
       OR (OLD.state = NEW.state AND OLD.approved_by IS DISTINCT FROM NEW.approved_by)
       OR (OLD.plate_hmac <> NEW.plate_hmac AND OLD.key_id = NEW.key_id) THEN
        RAISE EXCEPTION 'what was proposed and approved is not changed; propose another entry'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hot_entry_step';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.incident_entry_due() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO notice_due (entry_id) VALUES (NEW.entry_id);
    RETURN NULL;
END $$;

CREATE FUNCTION public.plate_watch_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE plate_watch SET version = version + 1;
    RETURN NULL;
END $$;

CREATE FUNCTION public.session_ended() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('c5_session', encode(OLD.token_hash, 'hex'));
    RETURN NULL;
END $$;

CREATE TABLE public.air_index (
    device_id text NOT NULL,
    hour timestamp with time zone NOT NULL,
    rule_id text NOT NULL,
    category smallint NOT NULL,
    dominant text,
    detail jsonb NOT NULL,
    epa_aqi smallint,
    believed bigint NOT NULL,
    doubted bigint NOT NULL,
    CONSTRAINT air_index_category_check CHECK (((category >= '-1'::integer) AND (category <= 4))),
    CONSTRAINT air_index_epa_aqi_check CHECK ((epa_aqi >= 0))
);

CREATE VIEW panel.air_index AS
 SELECT device_id,
    hour,
    rule_id,
    category,
    dominant,
    believed,
    doubted
   FROM public.air_index;

CREATE TABLE public.alarm (
    alarm_id bigint NOT NULL,
    kind text NOT NULL,
    severity text NOT NULL,
    rule_id text NOT NULL,
    rule_version integer NOT NULL,
    dedup_key text NOT NULL,
    title_es text NOT NULL,
    title_en text NOT NULL,
    device_id text,
    lat_deg double precision,
    lon_deg double precision,
    raised_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    count bigint DEFAULT 1 NOT NULL,
    cleared_at timestamp with time zone,
    cleared_by text,
    acknowledged_at timestamp with time zone,
    acknowledged_by text,
    closed_at timestamp with time zone,
    closed_by text,
    assignee text,
    incident_id bigint,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    acted_version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT alarm_count_check CHECK ((count > 0)),
    CONSTRAINT alarm_lat_deg_check CHECK (((lat_deg >= ('-90'::integer)::double precision) AND (lat_deg <= (90)::double precision))),
    CONSTRAINT alarm_lon_deg_check CHECK (((lon_deg >= ('-180'::integer)::double precision) AND (lon_deg <= (180)::double precision))),
    CONSTRAINT alarm_severity_check CHECK ((severity = ANY (ARRAY['CRITICAL'::text, 'MAJOR'::text, 'MINOR'::text, 'WARNING'::text, 'INDETERMINATE'::text])))
);

CREATE VIEW panel.alarm AS
 SELECT alarm_id,
    kind,
    severity,
    device_id,
    raised_at,
    last_at,
    count,
    cleared_at,
    acknowledged_at,
    closed_at,
    incident_id
   FROM public.alarm;

CREATE TABLE public.anomaly (
    anomaly_id bigint NOT NULL,
    device_id text NOT NULL,
    metric text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    score real NOT NULL,
    why text NOT NULL,
    value double precision,
    usual double precision,
    is_true boolean,
    marked_by text,
    marked_at timestamp with time zone,
    note text DEFAULT ''::text NOT NULL,
    CONSTRAINT anomaly_score_check CHECK (((score >= (0)::double precision) AND (score <= (1)::double precision)))
);

CREATE VIEW panel.anomaly AS
 SELECT anomaly_id,
    device_id,
    metric,
    started_at,
    ended_at,
    score,
    why,
    value,
    usual,
    is_true
   FROM public.anomaly;

CREATE TABLE public.device (
    device_id text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    lat_deg double precision,
    lon_deg double precision,
    backfill boolean DEFAULT false NOT NULL,
    interval_s double precision,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT device_device_id_check CHECK ((device_id ~ '^[A-Za-z0-9_-]{1,64}$'::text)),
    CONSTRAINT device_interval_s_check CHECK ((interval_s > (0)::double precision)),
    CONSTRAINT device_lat_deg_check CHECK (((lat_deg >= ('-90'::integer)::double precision) AND (lat_deg <= (90)::double precision))),
    CONSTRAINT device_lon_deg_check CHECK (((lon_deg >= ('-180'::integer)::double precision) AND (lon_deg <= (180)::double precision))),
    CONSTRAINT device_state_check CHECK ((state = ANY (ARRAY['active'::text, 'pending'::text, 'revoked'::text])))
);

CREATE VIEW panel.device AS
 SELECT device_id,
    kind,
    state,
    interval_s,
        CASE
            WHEN (kind = 'panic'::text) THEN device_id
            ELSE name
        END AS name,
        CASE
            WHEN (kind = 'panic'::text) THEN device_id
            ELSE COALESCE(NULLIF(split_part(name, ' · '::text, 2), ''::text), name)
        END AS label,
        CASE
            WHEN (kind = 'panic'::text) THEN NULL::double precision
            ELSE lat_deg
        END AS lat_deg,
        CASE
            WHEN (kind = 'panic'::text) THEN NULL::double precision
            ELSE lon_deg
        END AS lon_deg,
    COALESCE((attributes ->> 'zone'::text), (attributes ->> 'noise_zone'::text), 'sin zona'::text) AS zone,
    created_at
   FROM public.device;

CREATE TABLE public.event (
    device_id text NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    seq bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    stored_at timestamp with time zone DEFAULT now() NOT NULL,
    type text NOT NULL,
    severity text,
    lat_deg double precision,
    lon_deg double precision,
    value double precision,
    text text,
    flags smallint DEFAULT 0 NOT NULL,
    extra jsonb,
    CONSTRAINT event_lat_deg_check CHECK (((lat_deg >= ('-90'::integer)::double precision) AND (lat_deg <= (90)::double precision))),
    CONSTRAINT event_lon_deg_check CHECK (((lon_deg >= ('-180'::integer)::double precision) AND (lon_deg <= (180)::double precision)))
);

CREATE VIEW panel.event AS
 SELECT device_id,
    measured_at,
    received_at,
    stored_at,
    type,
    severity,
    value,
        CASE
            WHEN ((type ~~ 'panic%'::text) OR (type ~~ 'plate%'::text)) THEN NULL::double precision
            ELSE lat_deg
        END AS lat_deg,
        CASE
            WHEN ((type ~~ 'panic%'::text) OR (type ~~ 'plate%'::text)) THEN NULL::double precision
            ELSE lon_deg
        END AS lon_deg
   FROM public.event;

CREATE TABLE public.gps_fix (
    device_id text NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    seq bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    stored_at timestamp with time zone DEFAULT now() NOT NULL,
    lat_deg double precision NOT NULL,
    lon_deg double precision NOT NULL,
    speed_mps double precision,
    heading_deg double precision,
    altitude_m double precision,
    hdop double precision,
    accuracy_m double precision,
    satellites smallint,
    odometer_m double precision,
    battery_v double precision,
    ignition boolean,
    pto boolean,
    flags smallint DEFAULT 0 NOT NULL,
    extra jsonb,
    CONSTRAINT gps_fix_lat_deg_check CHECK (((lat_deg >= ('-90'::integer)::double precision) AND (lat_deg <= (90)::double precision))),
    CONSTRAINT gps_fix_lon_deg_check CHECK (((lon_deg >= ('-180'::integer)::double precision) AND (lon_deg <= (180)::double precision)))
);

CREATE VIEW panel.fix WITH (security_barrier='true') AS
 SELECT device_id,
    measured_at,
    received_at,
    stored_at,
    lat_deg,
    lon_deg,
    (speed_mps * (3.6)::double precision) AS speed_kmh,
    ignition,
    (((flags)::integer & 459) = 0) AS believed
   FROM public.gps_fix
  WHERE (device_id IN ( SELECT device.device_id
           FROM public.device
          WHERE (device.kind = ANY (ARRAY['truck'::text, 'bus'::text]))));

CREATE TABLE public.fix_daily (
    device_id text NOT NULL,
    day date NOT NULL,
    n bigint NOT NULL,
    flagged bigint NOT NULL,
    sum_speed_mps double precision,
    n_speed bigint NOT NULL,
    max_speed_mps double precision,
    moving bigint NOT NULL
);

CREATE VIEW panel.fix_daily AS
 SELECT device_id,
    day,
    n,
    flagged,
    (sum_speed_mps * (3.6)::double precision) AS sum_speed_kmh,
    n_speed,
    (max_speed_mps * (3.6)::double precision) AS max_speed_kmh,
    moving
   FROM public.fix_daily;

CREATE TABLE public.fix_hourly (
    device_id text NOT NULL,
    hour timestamp with time zone NOT NULL,
    n bigint NOT NULL,
    flagged bigint NOT NULL,
    sum_speed_mps double precision,
    n_speed bigint NOT NULL,
    max_speed_mps double precision,
    moving bigint NOT NULL
);

CREATE VIEW panel.fix_hourly AS
 SELECT device_id,
    hour,
    n,
    flagged,
    (sum_speed_mps * (3.6)::double precision) AS sum_speed_kmh,
    n_speed,
    (max_speed_mps * (3.6)::double precision) AS max_speed_kmh,
    moving
   FROM public.fix_hourly;

CREATE TABLE public.incident (
    incident_id bigint NOT NULL,
    kind text NOT NULL,
    severity text NOT NULL,
    state text DEFAULT 'new'::text NOT NULL,
    cause text NOT NULL,
    title_es text NOT NULL,
    title_en text NOT NULL,
    device_id text,
    lat_deg double precision,
    lon_deg double precision,
    opened_at timestamp with time zone NOT NULL,
    opened_by text NOT NULL,
    last_at timestamp with time zone NOT NULL,
    acknowledged_at timestamp with time zone,
    dispatched_at timestamp with time zone,
    on_scene_at timestamp with time zone,
    resolved_at timestamp with time zone,
    closed_at timestamp with time zone,
    assignee text,
    role text NOT NULL,
    escalated_to text,
    due_step text,
    due_at timestamp with time zone,
    overdue boolean DEFAULT false NOT NULL,
    alarms bigint DEFAULT 0 NOT NULL,
    sop_id text,
    sop_version integer,
    version bigint DEFAULT 1 NOT NULL,
    acted_version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT incident_check CHECK (((due_step IS NULL) = (due_at IS NULL))),
    CONSTRAINT incident_due_step_check CHECK ((due_step = ANY (ARRAY['acknowledge'::text, 'dispatch'::text, 'resolve'::text]))),
    CONSTRAINT incident_lat_deg_check CHECK (((lat_deg >= ('-90'::integer)::double precision) AND (lat_deg <= (90)::double precision))),
    CONSTRAINT incident_lon_deg_check CHECK (((lon_deg >= ('-180'::integer)::double precision) AND (lon_deg <= (180)::double precision))),
    CONSTRAINT incident_severity_check CHECK ((severity = ANY (ARRAY['CRITICAL'::text, 'MAJOR'::text, 'MINOR'::text, 'WARNING'::text, 'INDETERMINATE'::text]))),
    CONSTRAINT incident_state_check CHECK ((state = ANY (ARRAY['new'::text, 'acknowledged'::text, 'dispatched'::text, 'on_scene'::text, 'resolved'::text, 'closed'::text, 'false'::text])))
);

CREATE VIEW panel.incident AS
 SELECT incident_id,
    kind,
    severity,
    state,
    opened_at,
    acknowledged_at,
    dispatched_at,
    on_scene_at,
    resolved_at,
    closed_at,
    due_step,
    due_at,
    overdue,
    alarms,
        CASE
            WHEN ((kind ~~ 'panic%'::text) OR (kind ~~ 'plate%'::text)) THEN NULL::double precision
            ELSE lat_deg
        END AS lat_deg,
        CASE
            WHEN ((kind ~~ 'panic%'::text) OR (kind ~~ 'plate%'::text)) THEN NULL::double precision
            ELSE lon_deg
        END AS lon_deg
   FROM public.incident;

CREATE TABLE public.last_seen (
    device_id text NOT NULL,
    received_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50');

CREATE VIEW panel.last_seen AS
 SELECT device_id,
    received_at
   FROM public.last_seen;

CREATE TABLE public.latest_fix (
    device_id text NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    seq bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    lat_deg double precision NOT NULL,
    lon_deg double precision NOT NULL,
    speed_mps double precision,
    heading_deg double precision,
    flags smallint NOT NULL
);

CREATE VIEW panel.latest_fix WITH (security_barrier='true') AS
 SELECT device_id,
    measured_at,
    received_at,
    lat_deg,
    lon_deg,
    (speed_mps * (3.6)::double precision) AS speed_kmh,
    (((flags)::integer & 459) = 0) AS believed
   FROM public.latest_fix
  WHERE (device_id IN ( SELECT device.device_id
           FROM public.device
          WHERE (device.kind = ANY (ARRAY['truck'::text, 'bus'::text]))));

CREATE TABLE public.calibration (
    calibration_id bigint NOT NULL,
    device_id text NOT NULL,
    metric text NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone,
    gain double precision DEFAULT 1 NOT NULL,
    offset_value double precision DEFAULT 0 NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    made_by text NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT calibration_check CHECK ((valid_to > valid_from))
);

CREATE VIEW public.calibration_span AS
 SELECT device_id,
    metric,
    valid_from,
    gain,
    offset_value,
    LEAST(COALESCE(valid_to, 'infinity'::timestamp with time zone), lead(valid_from, 1, 'infinity'::timestamp with time zone) OVER (PARTITION BY device_id, metric ORDER BY valid_from)) AS valid_until
   FROM public.calibration;

CREATE TABLE public.latest_value (
    device_id text NOT NULL,
    metric text NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    seq bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    value double precision NOT NULL,
    flags smallint NOT NULL
);

CREATE VIEW panel.latest_value AS
 SELECT raw.device_id,
    raw.metric,
    raw.measured_at,
    raw.received_at,
        CASE
            WHEN (((raw.flags)::integer & 459) = 0) THEN ((COALESCE(span.gain, (1)::double precision) * raw.value) + COALESCE(span.offset_value, (0)::double precision))
            ELSE NULL::double precision
        END AS value
   FROM (public.latest_value raw
     LEFT JOIN public.calibration_span span ON (((span.device_id = raw.device_id) AND (span.metric = raw.metric) AND (span.valid_from <= raw.measured_at) AND (raw.measured_at < span.valid_until))));

CREATE TABLE public.ledger_hour (
    device_id text NOT NULL,
    hour timestamp with time zone NOT NULL,
    seq_lo bigint,
    seq_hi bigint,
    stored bigint NOT NULL,
    rejected bigint NOT NULL,
    duplicates bigint NOT NULL,
    late bigint NOT NULL
);

CREATE VIEW panel.ledger AS
 SELECT device_id,
    hour,
    stored,
    rejected,
    duplicates,
    late,
    COALESCE(((seq_hi - seq_lo) + 1), (stored + rejected)) AS sent,
    GREATEST((0)::bigint, COALESCE(((((seq_hi - seq_lo) + 1) - stored) - rejected), (0)::bigint)) AS missing
   FROM public.ledger_hour;

CREATE TABLE public.ledger_delta (
    device_id text NOT NULL,
    hour timestamp with time zone NOT NULL,
    seq_lo bigint,
    seq_hi bigint,
    stored bigint DEFAULT 0 NOT NULL,
    rejected bigint DEFAULT 0 NOT NULL,
    duplicates bigint DEFAULT 0 NOT NULL,
    late bigint DEFAULT 0 NOT NULL
);

CREATE VIEW panel.ledger_new AS
 SELECT device_id,
    hour,
    stored,
    rejected,
    duplicates,
    late
   FROM public.ledger_delta;

CREATE TABLE public.noise_hourly (
    device_id text NOT NULL,
    hour timestamp with time zone NOT NULL,
    n bigint NOT NULL,
    leq_db double precision NOT NULL,
    l10_db double precision NOT NULL,
    l90_db double precision NOT NULL
);

CREATE VIEW panel.noise_hourly AS
 SELECT raw.device_id,
    raw.hour,
    raw.n,
    ((COALESCE(span.gain, (1)::double precision) * raw.leq_db) + COALESCE(span.offset_value, (0)::double precision)) AS leq_db,
    ((COALESCE(span.gain, (1)::double precision) * raw.l10_db) + COALESCE(span.offset_value, (0)::double precision)) AS l10_db,
    ((COALESCE(span.gain, (1)::double precision) * raw.l90_db) + COALESCE(span.offset_value, (0)::double precision)) AS l90_db
   FROM (public.noise_hourly raw
     LEFT JOIN public.calibration_span span ON (((span.device_id = raw.device_id) AND (span.metric = 'laeq_db'::text) AND (span.valid_from <= raw.hour) AND (raw.hour < span.valid_until))));

CREATE TABLE public.passage_count (
    device_id text NOT NULL,
    hour timestamp with time zone NOT NULL,
    direction text NOT NULL,
    class text NOT NULL,
    state text NOT NULL,
    n bigint NOT NULL,
    CONSTRAINT passage_count_n_check CHECK ((n > 0))
);

CREATE VIEW panel.passage_count AS
 SELECT device_id,
    hour,
    direction,
    n,
        CASE
            WHEN (n < 3) THEN 'otros'::text
            ELSE class
        END AS class,
        CASE
            WHEN (n < 3) THEN 'otros'::text
            ELSE state
        END AS state
   FROM public.passage_count;

CREATE TABLE public.passage_hourly (
    device_id text NOT NULL,
    hour timestamp with time zone NOT NULL,
    direction text NOT NULL,
    n bigint NOT NULL
);

CREATE VIEW panel.passage_hourly AS
 SELECT device_id,
    hour,
    direction,
    n
   FROM public.passage_hourly;

CREATE TABLE public.plate_hit (
    hit_id bigint NOT NULL,
    entry_id bigint NOT NULL,
    device_id text NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    seq bigint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    exact boolean NOT NULL,
    differs smallint[] DEFAULT '{}'::smallint[] NOT NULL,
    found_back boolean DEFAULT false NOT NULL,
    direction text,
    score double precision,
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    crop_sha256 text,
    crop_sealed bytea,
    state text DEFAULT 'open'::text NOT NULL,
    decided_by text,
    decided_at timestamp with time zone,
    decision_reason text,
    CONSTRAINT plate_hit_check CHECK ((exact = (cardinality(differs) = 0))),
    CONSTRAINT plate_hit_check1 CHECK (((crop_sha256 IS NULL) = (crop_sealed IS NULL))),
    CONSTRAINT plate_hit_check2 CHECK (((state = 'open'::text) = (decided_by IS NULL))),
    CONSTRAINT plate_hit_check3 CHECK (((decided_by IS NULL) = (decided_at IS NULL))),
    CONSTRAINT plate_hit_check4 CHECK (((state = 'open'::text) OR (decision_reason <> ''::text))),
    CONSTRAINT plate_hit_state_check CHECK ((state = ANY (ARRAY['open'::text, 'accepted'::text, 'rejected'::text])))
);
ALTER TABLE ONLY public.plate_hit ALTER COLUMN crop_sealed SET STORAGE EXTERNAL;

CREATE VIEW panel.plate_hit_daily AS
 SELECT date_trunc('day'::text, measured_at) AS day,
    exact,
    state,
    count(*) AS n
   FROM public.plate_hit
  GROUP BY (date_trunc('day'::text, measured_at)), exact, state;

CREATE TABLE public.presence (
    device_id text NOT NULL,
    online boolean NOT NULL,
    session bigint NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    since timestamp with time zone NOT NULL,
    firmware text,
    battery_v double precision,
    battery_pct double precision,
    rssi_dbm double precision,
    uptime_s double precision,
    outbox bigint
);

CREATE VIEW panel.presence AS
 SELECT device_id,
    online,
    since,
    received_at,
    firmware,
    battery_v,
    battery_pct,
    rssi_dbm,
    uptime_s,
    outbox
   FROM public.presence;

CREATE TABLE public.reading (
    device_id text NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    seq bigint NOT NULL,
    metric text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    stored_at timestamp with time zone DEFAULT now() NOT NULL,
    value double precision,
    flags smallint DEFAULT 0 NOT NULL,
    extra jsonb,
    CONSTRAINT reading_check CHECK (((metric = 'extra'::text) = (extra IS NOT NULL))),
    CONSTRAINT reading_check1 CHECK (((metric = 'extra'::text) = (value IS NULL)))
);

CREATE VIEW panel.reading AS
 SELECT raw.device_id,
    raw.metric,
    raw.measured_at,
    raw.received_at,
    raw.stored_at,
        CASE
            WHEN (((raw.flags)::integer & 459) = 0) THEN ((COALESCE(span.gain, (1)::double precision) * raw.value) + COALESCE(span.offset_value, (0)::double precision))
            ELSE NULL::double precision
        END AS value
   FROM (public.reading raw
     LEFT JOIN public.calibration_span span ON (((span.device_id = raw.device_id) AND (span.metric = raw.metric) AND (span.valid_from <= raw.measured_at) AND (raw.measured_at < span.valid_until))))
  WHERE (raw.metric <> 'extra'::text);

CREATE TABLE public.reading_daily (
    device_id text NOT NULL,
    metric text NOT NULL,
    day date NOT NULL,
    n bigint NOT NULL,
    flagged bigint NOT NULL,
    sum_value double precision,
    min_value double precision,
    max_value double precision
);

CREATE VIEW panel.reading_daily AS
 SELECT device_id,
    metric,
    day,
    n,
    flagged,
    (sum_value / (NULLIF(n, 0))::double precision) AS mean_value,
    min_value,
    max_value
   FROM public.reading_daily;

CREATE TABLE public.reading_hourly (
    device_id text NOT NULL,
    metric text NOT NULL,
    hour timestamp with time zone NOT NULL,
    n bigint NOT NULL,
    flagged bigint NOT NULL,
    sum_value double precision,
    min_value double precision,
    max_value double precision,
    last_value double precision
);

CREATE VIEW panel.reading_hourly AS
 SELECT raw.device_id,
    raw.metric,
    raw.hour,
    raw.n,
    raw.flagged,
    (((COALESCE(span.gain, (1)::double precision) * raw.sum_value) / (NULLIF(raw.n, 0))::double precision) + COALESCE(span.offset_value, (0)::double precision)) AS mean_value,
    ((COALESCE(span.gain, (1)::double precision) * raw.min_value) + COALESCE(span.offset_value, (0)::double precision)) AS min_value,
    ((COALESCE(span.gain, (1)::double precision) * raw.max_value) + COALESCE(span.offset_value, (0)::double precision)) AS max_value
   FROM (public.reading_hourly raw
     LEFT JOIN public.calibration_span span ON (((span.device_id = raw.device_id) AND (span.metric = raw.metric) AND (span.valid_from <= raw.hour) AND (raw.hour < span.valid_until))));

CREATE TABLE public.reject (
    reject_id bigint NOT NULL,
    digest bytea NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    times bigint DEFAULT 1 NOT NULL,
    topic text NOT NULL,
    device_id text,
    reason text NOT NULL,
    detail text NOT NULL,
    payload bytea NOT NULL,
    sealed boolean DEFAULT false NOT NULL,
    size_bytes bigint NOT NULL,
    replayed_at timestamp with time zone
);

CREATE VIEW panel.reject AS
 SELECT reject_id,
    first_at,
    last_at,
    times,
    device_id,
    reason,
    size_bytes,
    replayed_at
   FROM public.reject;

CREATE TABLE public.route (
    route_id text NOT NULL,
    name text NOT NULL,
    supervisor text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    retired_on date,
    CONSTRAINT route_route_id_check CHECK ((route_id ~ '^[A-Za-z0-9_-]{1,64}$'::text))
);

CREATE VIEW panel.route AS
 SELECT route_id,
    name,
    created_at,
    retired_on
   FROM public.route;

CREATE TABLE public.run (
    run_id bigint NOT NULL,
    route_id text NOT NULL,
    service_date date NOT NULL,
    device_id text NOT NULL,
    version integer NOT NULL,
    window_from timestamp with time zone NOT NULL,
    window_to timestamp with time zone NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    revision integer,
    fix_rows bigint DEFAULT 0 NOT NULL,
    computed_at timestamp with time zone,
    coverage double precision,
    serviced integer,
    too_fast integer,
    missed integer,
    unknown integer,
    serviced_m double precision,
    too_fast_m double precision,
    missed_m double precision,
    unknown_m double precision,
    begin_late_s double precision,
    end_late_s double precision,
    off_route_s double precision,
    service_m double precision,
    deadhead_m double precision,
    CONSTRAINT run_check CHECK ((window_to > window_from)),
    CONSTRAINT run_state_check CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text])))
);

CREATE VIEW panel.run AS
 SELECT run_id,
    route_id,
    service_date,
    device_id,
    window_from,
    window_to,
    state,
    revision,
    fix_rows,
    computed_at,
    coverage,
    serviced,
    too_fast,
    missed,
    unknown,
    serviced_m,
    too_fast_m,
    missed_m,
    unknown_m,
    begin_late_s,
    end_late_s,
    off_route_s,
    service_m,
    deadhead_m
   FROM public.run;

CREATE TABLE public.run_review (
    review_id bigint NOT NULL,
    run_id bigint NOT NULL,
    revision integer NOT NULL,
    segment_id text NOT NULL,
    verdict text NOT NULL,
    reason text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    attachment_sha256 text,
    reviewed_by text NOT NULL,
    reviewed_at timestamp with time zone NOT NULL,
    previous_sha256 text NOT NULL,
    sha256 text NOT NULL,
    CONSTRAINT run_review_note_check CHECK ((length(note) <= 4000)),
    CONSTRAINT run_review_reason_check CHECK ((reason = ANY (ARRAY['sin_acceso'::text, 'calle_cerrada'::text, 'camion_lleno'::text, 'averia'::text, 'seguridad'::text, 'otro'::text]))),
    CONSTRAINT run_review_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT run_review_verdict_check CHECK ((verdict = ANY (ARRAY['confirmed'::text, 'disputed'::text])))
);

CREATE VIEW panel.run_review AS
 SELECT run_id,
    verdict,
    reason,
    reviewed_at
   FROM public.run_review;

CREATE TABLE public.status (
    device_id text NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    seq bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    stored_at timestamp with time zone DEFAULT now() NOT NULL,
    online boolean NOT NULL,
    session bigint NOT NULL,
    firmware text,
    battery_v double precision,
    battery_pct double precision,
    rssi_dbm double precision,
    uptime_s double precision,
    outbox bigint,
    flags smallint DEFAULT 0 NOT NULL,
    extra jsonb
);

CREATE VIEW panel.status AS
 SELECT device_id,
    measured_at,
    seq,
    received_at,
    stored_at,
    online,
    battery_v,
    battery_pct,
    rssi_dbm,
    outbox
   FROM public.status;

CREATE VIEW panel.table_size AS
 SELECT name,
    (sum(pg_total_relation_size(part)))::bigint AS bytes,
    count(*) AS parts
   FROM ( SELECT (pg_class.relname)::text AS name,
            (pg_class.oid)::regclass AS part
           FROM pg_class
          WHERE ((pg_class.relkind = 'r'::"char") AND (pg_class.relnamespace = ('public'::regnamespace)::oid))
        UNION ALL
         SELECT (chunks.hypertable_name)::text AS hypertable_name,
            (format('%I.%I'::text, chunks.chunk_schema, chunks.chunk_name))::regclass AS format
           FROM timescaledb_information.chunks
          WHERE (chunks.hypertable_schema = 'public'::name)) parts
  GROUP BY name;

CREATE TABLE public.account (
    username text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    password_hash text,
    disabled_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    issuer text,
    subject text,
    CONSTRAINT account_lives_somewhere CHECK (((num_nonnulls(issuer, subject) = ANY (ARRAY[0, 2])) AND ((password_hash IS NULL) = (issuer IS NOT NULL)))),
    CONSTRAINT account_role_check CHECK ((role = ANY (ARRAY['operador'::text, 'supervisor'::text, 'autorizado-LPR'::text, 'auditor'::text, 'administrador'::text]))),
    CONSTRAINT account_username_check CHECK ((username ~ '^[a-z0-9][a-z0-9._-]{0,63}$'::text))
);

CREATE TABLE public.ack (
    device_id text NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    seq bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    stored_at timestamp with time zone DEFAULT now() NOT NULL,
    command_id text NOT NULL,
    ok boolean NOT NULL,
    detail text,
    flags smallint DEFAULT 0 NOT NULL,
    extra jsonb
);

ALTER TABLE public.alarm ALTER COLUMN alarm_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.alarm_alarm_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.alarm_comment (
    comment_id bigint NOT NULL,
    alarm_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    by text NOT NULL,
    text text NOT NULL,
    CONSTRAINT alarm_comment_text_check CHECK (((length(text) >= 1) AND (length(text) <= 4000)))
);

ALTER TABLE public.alarm_comment ALTER COLUMN comment_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.alarm_comment_comment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.anomaly ALTER COLUMN anomaly_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.anomaly_anomaly_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.api_token (
    token_id bigint NOT NULL,
    username text NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_token_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

ALTER TABLE public.api_token ALTER COLUMN token_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.api_token_token_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.attachment (
    sha256 text NOT NULL,
    media_type text NOT NULL,
    content bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    created_by text NOT NULL,
    CONSTRAINT attachment_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE public.audit (
    entry_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    role text,
    action text NOT NULL,
    object_kind text NOT NULL,
    object_id text NOT NULL,
    reason text,
    detail json NOT NULL,
    address text,
    previous_sha256 text NOT NULL,
    sha256 text NOT NULL,
    CONSTRAINT audit_action_check CHECK ((action ~ '^[a-z0-9_]+(\.[a-z0-9_]+)+$'::text)),
    CONSTRAINT audit_entry_id_check CHECK ((entry_id >= 1))
);

ALTER TABLE public.calibration ALTER COLUMN calibration_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.calibration_calibration_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.command (
    command_id text NOT NULL,
    device_id text NOT NULL,
    name text NOT NULL,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    issued_at timestamp with time zone DEFAULT now() NOT NULL,
    issued_by text NOT NULL,
    expires_at timestamp with time zone,
    failure text
);

CREATE TABLE public.engine_state (
    name text NOT NULL,
    state bytea NOT NULL,
    saved_at timestamp with time zone NOT NULL
);

CREATE TABLE public.hot_entry (
    entry_id bigint NOT NULL,
    list_id bigint NOT NULL,
    key_id text NOT NULL,
    plate_hmac bytea NOT NULL,
    sealed bytea NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    approved_by text,
    approved_at timestamp with time zone,
    ended_by text,
    ended_at timestamp with time zone,
    end_reason text,
    expires_at timestamp with time zone,
    CONSTRAINT hot_entry_approved CHECK (((state <> 'active'::text) OR (approved_by IS NOT NULL))),
    CONSTRAINT hot_entry_approved_by_check CHECK ((approved_by <> ''::text)),
    CONSTRAINT hot_entry_check CHECK (((approved_by IS NULL) = (approved_at IS NULL))),
    CONSTRAINT hot_entry_check1 CHECK (((state = ANY (ARRAY['withdrawn'::text, 'expired'::text])) = (ended_by IS NOT NULL))),
    CONSTRAINT hot_entry_check2 CHECK (((ended_by IS NULL) = (ended_at IS NULL))),
    CONSTRAINT hot_entry_pending CHECK (((state <> 'pending'::text) OR (approved_by IS NULL))),
    CONSTRAINT hot_entry_plate_hmac_check CHECK ((octet_length(plate_hmac) = 32)),
    CONSTRAINT hot_entry_proposed_by_check CHECK ((proposed_by <> ''::text)),
    CONSTRAINT hot_entry_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'active'::text, 'withdrawn'::text, 'expired'::text]))),
    CONSTRAINT hot_entry_two_people CHECK ((lower(approved_by) <> lower(proposed_by)))
);

ALTER TABLE public.hot_entry ALTER COLUMN entry_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.hot_entry_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.hot_list (
    list_id bigint NOT NULL,
    name text NOT NULL,
    reason text NOT NULL,
    issuer text NOT NULL,
    priority text NOT NULL,
    legal_basis text NOT NULL,
    expires_at timestamp with time zone,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT hot_list_issuer_check CHECK (((length(issuer) >= 1) AND (length(issuer) <= 200))),
    CONSTRAINT hot_list_legal_basis_check CHECK (((length(legal_basis) >= 1) AND (length(legal_basis) <= 2000))),
    CONSTRAINT hot_list_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT hot_list_priority_check CHECK ((priority = ANY (ARRAY['critical'::text, 'high'::text, 'normal'::text]))),
    CONSTRAINT hot_list_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 2000)))
);

ALTER TABLE public.hot_list ALTER COLUMN list_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.hot_list_list_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.incident_entry (
    entry_id bigint NOT NULL,
    incident_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    by text NOT NULL,
    kind text NOT NULL,
    text_es text NOT NULL,
    text_en text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    key uuid
);

ALTER TABLE public.incident_entry ALTER COLUMN entry_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.incident_entry_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.incident_file (
    incident_id bigint NOT NULL,
    sha256 text NOT NULL,
    name text NOT NULL,
    by text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT incident_file_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

ALTER TABLE public.incident ALTER COLUMN incident_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.incident_incident_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.incident_link (
    incident_id bigint NOT NULL,
    other_id bigint NOT NULL,
    relation text NOT NULL,
    by text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT incident_link_check CHECK ((incident_id <> other_id)),
    CONSTRAINT incident_link_relation_check CHECK ((relation = ANY (ARRAY['related'::text, 'duplicate'::text, 'cause'::text])))
);

CREATE TABLE public.incident_step (
    incident_id bigint NOT NULL,
    step_id text NOT NULL,
    state text NOT NULL,
    answer text,
    by text NOT NULL,
    at timestamp with time zone NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    CONSTRAINT incident_step_check CHECK (((state <> 'skipped'::text) OR (reason <> ''::text))),
    CONSTRAINT incident_step_state_check CHECK ((state = ANY (ARRAY['done'::text, 'skipped'::text])))
);

CREATE TABLE public.incident_track (
    incident_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    lat_deg double precision NOT NULL,
    lon_deg double precision NOT NULL,
    CONSTRAINT incident_track_lat_deg_check CHECK (((lat_deg >= ('-90'::integer)::double precision) AND (lat_deg <= (90)::double precision))),
    CONSTRAINT incident_track_lon_deg_check CHECK (((lon_deg >= ('-180'::integer)::double precision) AND (lon_deg <= (180)::double precision)))
);

CREATE TABLE public.incident_unit (
    incident_id bigint NOT NULL,
    device_id text NOT NULL,
    assigned_at timestamp with time zone NOT NULL,
    en_route_at timestamp with time zone,
    on_scene_at timestamp with time zone,
    cleared_at timestamp with time zone
);

CREATE VIEW public.ledger AS
 SELECT device_id,
    hour,
    min(seq_lo) AS seq_lo,
    max(seq_hi) AS seq_hi,
    (sum(stored))::bigint AS stored,
    (sum(rejected))::bigint AS rejected,
    (sum(duplicates))::bigint AS duplicates,
    (sum(late))::bigint AS late
   FROM ( SELECT ledger_hour.device_id,
            ledger_hour.hour,
            ledger_hour.seq_lo,
            ledger_hour.seq_hi,
            ledger_hour.stored,
            ledger_hour.rejected,
            ledger_hour.duplicates,
            ledger_hour.late
           FROM public.ledger_hour
        UNION ALL
         SELECT ledger_delta.device_id,
            ledger_delta.hour,
            ledger_delta.seq_lo,
            ledger_delta.seq_hi,
            ledger_delta.stored,
            ledger_delta.rejected,
            ledger_delta.duplicates,
            ledger_delta.late
           FROM public.ledger_delta) both_halves
  GROUP BY device_id, hour;

CREATE TABLE public.login_failure (
    subject bytea NOT NULL,
    failures integer NOT NULL,
    last_at timestamp with time zone NOT NULL,
    CONSTRAINT login_failure_subject_check CHECK ((octet_length(subject) = 32))
);

CREATE TABLE public.mailing (
    kind text NOT NULL,
    due_on date NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    recipients text[] NOT NULL
);

CREATE TABLE public.maintenance (
    device_id text NOT NULL,
    done_at timestamp with time zone NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    noted_by text NOT NULL
);

CREATE TABLE public.notice_due (
    due_id bigint NOT NULL,
    entry_id bigint,
    alert_id bigint,
    CONSTRAINT notice_due_check CHECK (((entry_id IS NULL) <> (alert_id IS NULL)))
);

ALTER TABLE public.notice_due ALTER COLUMN due_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.notice_due_due_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.notification (
    notification_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    channel text NOT NULL,
    address text NOT NULL,
    about text NOT NULL,
    incident_id bigint,
    body jsonb NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    error text,
    CONSTRAINT notification_channel_check CHECK ((channel = ANY (ARRAY['mail'::text, 'webhook'::text, 'mqtt'::text]))),
    CONSTRAINT notification_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'sent'::text, 'failed'::text])))
);

ALTER TABLE public.notification ALTER COLUMN notification_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.notification_notification_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.panic_holder (
    device_id text NOT NULL,
    name text,
    phone text,
    note text,
    saved_at timestamp with time zone NOT NULL,
    saved_by text NOT NULL,
    key_id text,
    sealed bytea,
    CONSTRAINT panic_holder_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT panic_holder_note_check CHECK ((length(note) <= 2000)),
    CONSTRAINT panic_holder_phone_check CHECK ((length(phone) <= 40))
);

CREATE TABLE public.plate_crop (
    device_id text NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    seq bigint NOT NULL,
    stored_at timestamp with time zone DEFAULT now() NOT NULL,
    key_id text NOT NULL,
    sha256 text NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT plate_crop_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);
ALTER TABLE ONLY public.plate_crop ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE TABLE public.plate_due (
    due_id bigint NOT NULL,
    device_id text NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    seq bigint NOT NULL
);

ALTER TABLE public.plate_due ALTER COLUMN due_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.plate_due_due_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.plate_hit ALTER COLUMN hit_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.plate_hit_hit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.plate_read (
    device_id text NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    seq bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    stored_at timestamp with time zone DEFAULT now() NOT NULL,
    plate_hmac bytea NOT NULL,
    key_id text NOT NULL,
    score double precision,
    dscore double precision,
    region text,
    direction text,
    vehicle text,
    sealed bytea,
    flags smallint DEFAULT 0 NOT NULL,
    extra jsonb,
    crop_doubt text,
    CONSTRAINT plate_read_crop_doubt_check CHECK ((crop_doubt = ANY (ARRAY['too_large'::text, 'not_base64'::text, 'not_jpeg'::text, 'wrong_sha256'::text]))),
    CONSTRAINT plate_read_extra_check CHECK ((extra IS NULL)),
    CONSTRAINT plate_read_plate_hmac_check CHECK ((octet_length(plate_hmac) = 32))
);

CREATE TABLE public.plate_search (
    search_id bigint NOT NULL,
    audit_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    by text NOT NULL,
    purpose text NOT NULL,
    case_number text NOT NULL,
    plate_shown text NOT NULL,
    plate_print bytea NOT NULL,
    key_id text NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    rows bigint NOT NULL,
    found integer NOT NULL,
    CONSTRAINT plate_search_case_number_check CHECK ((btrim(case_number) <> ''::text)),
    CONSTRAINT plate_search_plate_print_check CHECK ((octet_length(plate_print) = 32)),
    CONSTRAINT plate_search_purpose_check CHECK ((btrim(purpose) <> ''::text))
);

ALTER TABLE public.plate_search ALTER COLUMN search_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.plate_search_search_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.plate_watch (
    only_one boolean DEFAULT true NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT plate_watch_only_one_check CHECK (only_one)
);

CREATE TABLE public.public_alert (
    alert_id bigint NOT NULL,
    identifier text NOT NULL,
    incident_id bigint,
    exercise boolean NOT NULL,
    msg_type text NOT NULL,
    refers_to bigint,
    state text DEFAULT 'draft'::text NOT NULL,
    document jsonb NOT NULL,
    drafted_at timestamp with time zone NOT NULL,
    drafted_by text NOT NULL,
    decided_at timestamp with time zone,
    decided_by text,
    reason text DEFAULT ''::text NOT NULL,
    xml text,
    CONSTRAINT public_alert_check CHECK (((decided_by IS NULL) OR (state = 'rejected'::text) OR (decided_by <> drafted_by))),
    CONSTRAINT public_alert_check1 CHECK (((state = 'approved'::text) = (xml IS NOT NULL))),
    CONSTRAINT public_alert_check2 CHECK (((msg_type = 'Alert'::text) = (refers_to IS NULL))),
    CONSTRAINT public_alert_msg_type_check CHECK ((msg_type = ANY (ARRAY['Alert'::text, 'Update'::text, 'Cancel'::text]))),
    CONSTRAINT public_alert_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'approved'::text, 'rejected'::text])))
);

ALTER TABLE public.public_alert ALTER COLUMN alert_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.public_alert_alert_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.quality_hour (
    device_id text NOT NULL,
    hour timestamp with time zone NOT NULL,
    rows bigint NOT NULL
);

CREATE TABLE public.recovery_code (
    username text NOT NULL,
    code_hash bytea NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT recovery_code_code_hash_check CHECK ((octet_length(code_hash) = 32))
);

ALTER TABLE public.reject ALTER COLUMN reject_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.reject_reject_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.route_assignment (
    route_id text NOT NULL,
    device_id text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    CONSTRAINT route_assignment_check CHECK ((valid_to > valid_from))
);

CREATE TABLE public.route_version (
    route_id text NOT NULL,
    version integer NOT NULL,
    valid_from date NOT NULL,
    document jsonb NOT NULL,
    sha256 text NOT NULL,
    blocks integer NOT NULL,
    length_m double precision NOT NULL,
    imported_at timestamp with time zone DEFAULT now() NOT NULL,
    imported_by text NOT NULL,
    CONSTRAINT route_version_blocks_check CHECK ((blocks > 0)),
    CONSTRAINT route_version_length_m_check CHECK ((length_m > (0)::double precision)),
    CONSTRAINT route_version_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT route_version_version_check CHECK ((version > 0))
);

CREATE TABLE public.rule (
    rule_id text NOT NULL,
    version integer NOT NULL,
    document jsonb NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    saved_at timestamp with time zone DEFAULT now() NOT NULL,
    saved_by text NOT NULL,
    CONSTRAINT rule_rule_id_check CHECK ((rule_id ~ '^[a-z][a-z0-9_]{0,63}$'::text)),
    CONSTRAINT rule_version_check CHECK ((version > 0))
);

ALTER TABLE public.run_review ALTER COLUMN review_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.run_review_review_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.run_revision (
    run_id bigint NOT NULL,
    revision integer NOT NULL,
    computed_at timestamp with time zone NOT NULL,
    why text NOT NULL,
    document jsonb NOT NULL,
    sha256 text NOT NULL,
    CONSTRAINT run_revision_revision_check CHECK ((revision >= 0)),
    CONSTRAINT run_revision_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT run_revision_why_check CHECK ((why = ANY (ARRAY['provisional'::text, 'closed'::text, 'late'::text, 'backfill'::text])))
);

ALTER TABLE public.run ALTER COLUMN run_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.run_run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.schema_migration (
    version integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.second_factor (
    username text NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone,
    last_step bigint DEFAULT 0 NOT NULL
);

CREATE TABLE public.session (
    token_hash bytea NOT NULL,
    username text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    address text NOT NULL,
    session_id bigint NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    agent text DEFAULT ''::text NOT NULL,
    factor_at timestamp with time zone,
    CONSTRAINT session_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

ALTER TABLE public.session ALTER COLUMN session_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.session_session_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.shift (
    shift_id bigint NOT NULL,
    began_at timestamp with time zone NOT NULL,
    began_by text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    handed_at timestamp with time zone,
    handed_by text,
    handed_to text,
    accepted_at timestamp with time zone,
    accepted_by text,
    open jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT shift_note_check CHECK ((length(note) <= 8000))
);

ALTER TABLE public.shift ALTER COLUMN shift_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.shift_shift_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.sop (
    sop_id text NOT NULL,
    version integer NOT NULL,
    document jsonb NOT NULL,
    saved_at timestamp with time zone DEFAULT now() NOT NULL,
    saved_by text NOT NULL,
    CONSTRAINT sop_sop_id_check CHECK ((sop_id ~ '^[a-z][a-z0-9_]{0,63}$'::text)),
    CONSTRAINT sop_version_check CHECK ((version > 0))
);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_by_subject UNIQUE (issuer, subject);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (username);

ALTER TABLE ONLY public.ack
    ADD CONSTRAINT ack_pkey PRIMARY KEY (device_id, measured_at, seq);

ALTER TABLE ONLY public.air_index
    ADD CONSTRAINT air_index_pkey PRIMARY KEY (device_id, hour);

ALTER TABLE ONLY public.alarm_comment
    ADD CONSTRAINT alarm_comment_pkey PRIMARY KEY (comment_id);

ALTER TABLE ONLY public.alarm
    ADD CONSTRAINT alarm_pkey PRIMARY KEY (alarm_id);

ALTER TABLE ONLY public.anomaly
    ADD CONSTRAINT anomaly_device_id_metric_started_at_key UNIQUE (device_id, metric, started_at);

ALTER TABLE ONLY public.anomaly
    ADD CONSTRAINT anomaly_pkey PRIMARY KEY (anomaly_id);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_pkey PRIMARY KEY (token_id);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.attachment
    ADD CONSTRAINT attachment_pkey PRIMARY KEY (sha256);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (entry_id);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_sha256_key UNIQUE (sha256);

ALTER TABLE ONLY public.calibration
    ADD CONSTRAINT calibration_device_id_metric_valid_from_key UNIQUE (device_id, metric, valid_from);

ALTER TABLE ONLY public.calibration
    ADD CONSTRAINT calibration_pkey PRIMARY KEY (calibration_id);

ALTER TABLE ONLY public.command
    ADD CONSTRAINT command_pkey PRIMARY KEY (command_id);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_pkey PRIMARY KEY (device_id);

ALTER TABLE ONLY public.engine_state
    ADD CONSTRAINT engine_state_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (device_id, measured_at, seq);

ALTER TABLE ONLY public.fix_daily
    ADD CONSTRAINT fix_daily_pkey PRIMARY KEY (device_id, day);

ALTER TABLE ONLY public.fix_hourly
    ADD CONSTRAINT fix_hourly_pkey PRIMARY KEY (device_id, hour);

ALTER TABLE ONLY public.gps_fix
    ADD CONSTRAINT gps_fix_pkey PRIMARY KEY (device_id, measured_at, seq);

ALTER TABLE ONLY public.hot_entry
    ADD CONSTRAINT hot_entry_pkey PRIMARY KEY (entry_id);

ALTER TABLE ONLY public.hot_list
    ADD CONSTRAINT hot_list_name_key UNIQUE (name);

ALTER TABLE ONLY public.hot_list
    ADD CONSTRAINT hot_list_pkey PRIMARY KEY (list_id);

ALTER TABLE ONLY public.incident_entry
    ADD CONSTRAINT incident_entry_incident_id_key_key UNIQUE (incident_id, key);

ALTER TABLE ONLY public.incident_entry
    ADD CONSTRAINT incident_entry_pkey PRIMARY KEY (entry_id);

ALTER TABLE ONLY public.incident_file
    ADD CONSTRAINT incident_file_pkey PRIMARY KEY (incident_id, sha256);

ALTER TABLE ONLY public.incident_link
    ADD CONSTRAINT incident_link_pkey PRIMARY KEY (incident_id, other_id);

ALTER TABLE ONLY public.incident
    ADD CONSTRAINT incident_pkey PRIMARY KEY (incident_id);

ALTER TABLE ONLY public.incident_step
    ADD CONSTRAINT incident_step_pkey PRIMARY KEY (incident_id, step_id);

ALTER TABLE ONLY public.incident_track
    ADD CONSTRAINT incident_track_pkey PRIMARY KEY (incident_id, at);

ALTER TABLE ONLY public.incident_unit
    ADD CONSTRAINT incident_unit_pkey PRIMARY KEY (incident_id, device_id, assigned_at);

ALTER TABLE ONLY public.last_seen
    ADD CONSTRAINT last_seen_pkey PRIMARY KEY (device_id);

ALTER TABLE ONLY public.latest_fix
    ADD CONSTRAINT latest_fix_pkey PRIMARY KEY (device_id);

ALTER TABLE ONLY public.latest_value
    ADD CONSTRAINT latest_value_pkey PRIMARY KEY (device_id, metric);

ALTER TABLE ONLY public.ledger_hour
    ADD CONSTRAINT ledger_hour_pkey PRIMARY KEY (device_id, hour);

ALTER TABLE ONLY public.login_failure
    ADD CONSTRAINT login_failure_pkey PRIMARY KEY (subject);

ALTER TABLE ONLY public.mailing
    ADD CONSTRAINT mailing_pkey PRIMARY KEY (kind, due_on);

ALTER TABLE ONLY public.maintenance
    ADD CONSTRAINT maintenance_pkey PRIMARY KEY (device_id, done_at);

ALTER TABLE ONLY public.noise_hourly
    ADD CONSTRAINT noise_hourly_pkey PRIMARY KEY (device_id, hour);

ALTER TABLE ONLY public.notice_due
    ADD CONSTRAINT notice_due_pkey PRIMARY KEY (due_id);

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_pkey PRIMARY KEY (notification_id);

ALTER TABLE ONLY public.panic_holder
    ADD CONSTRAINT panic_holder_pkey PRIMARY KEY (device_id);

ALTER TABLE public.panic_holder
    ADD CONSTRAINT panic_holder_sealed CHECK (((num_nulls(key_id, sealed) = 0) AND (num_nonnulls(name, phone, note) = 0))) NOT VALID;

ALTER TABLE ONLY public.passage_count
    ADD CONSTRAINT passage_count_pkey PRIMARY KEY (device_id, hour, direction, class, state);

ALTER TABLE ONLY public.passage_hourly
    ADD CONSTRAINT passage_hourly_pkey PRIMARY KEY (device_id, hour, direction);

ALTER TABLE ONLY public.plate_crop
    ADD CONSTRAINT plate_crop_pkey PRIMARY KEY (device_id, measured_at, seq);

ALTER TABLE ONLY public.plate_due
    ADD CONSTRAINT plate_due_pkey PRIMARY KEY (due_id);

ALTER TABLE ONLY public.plate_hit
    ADD CONSTRAINT plate_hit_entry_id_device_id_measured_at_seq_key UNIQUE (entry_id, device_id, measured_at, seq);

ALTER TABLE ONLY public.plate_hit
    ADD CONSTRAINT plate_hit_pkey PRIMARY KEY (hit_id);

ALTER TABLE ONLY public.plate_read
    ADD CONSTRAINT plate_read_pkey PRIMARY KEY (device_id, measured_at, seq);

ALTER TABLE ONLY public.plate_search
    ADD CONSTRAINT plate_search_pkey PRIMARY KEY (search_id);

ALTER TABLE ONLY public.plate_watch
    ADD CONSTRAINT plate_watch_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY public.presence
    ADD CONSTRAINT presence_pkey PRIMARY KEY (device_id);

ALTER TABLE ONLY public.public_alert
    ADD CONSTRAINT public_alert_identifier_key UNIQUE (identifier);

ALTER TABLE ONLY public.public_alert
    ADD CONSTRAINT public_alert_pkey PRIMARY KEY (alert_id);

ALTER TABLE ONLY public.quality_hour
    ADD CONSTRAINT quality_hour_pkey PRIMARY KEY (device_id, hour);

ALTER TABLE ONLY public.reading_daily
    ADD CONSTRAINT reading_daily_pkey PRIMARY KEY (device_id, metric, day);

ALTER TABLE ONLY public.reading_hourly
    ADD CONSTRAINT reading_hourly_pkey PRIMARY KEY (device_id, metric, hour);

ALTER TABLE ONLY public.reading
    ADD CONSTRAINT reading_pkey PRIMARY KEY (device_id, metric, measured_at, seq);

ALTER TABLE ONLY public.recovery_code
    ADD CONSTRAINT recovery_code_pkey PRIMARY KEY (username, code_hash);

ALTER TABLE ONLY public.reject
    ADD CONSTRAINT reject_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.reject
    ADD CONSTRAINT reject_pkey PRIMARY KEY (reject_id);

ALTER TABLE ONLY public.route_assignment
    ADD CONSTRAINT route_assignment_pkey PRIMARY KEY (route_id, device_id, valid_from);

ALTER TABLE ONLY public.route
    ADD CONSTRAINT route_pkey PRIMARY KEY (route_id);

ALTER TABLE ONLY public.route_version
    ADD CONSTRAINT route_version_pkey PRIMARY KEY (route_id, version);

ALTER TABLE ONLY public.rule
    ADD CONSTRAINT rule_pkey PRIMARY KEY (rule_id, version);

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY public.run_review
    ADD CONSTRAINT run_review_pkey PRIMARY KEY (review_id);

ALTER TABLE ONLY public.run_review
    ADD CONSTRAINT run_review_run_id_previous_sha256_key UNIQUE (run_id, previous_sha256);

ALTER TABLE ONLY public.run_revision
    ADD CONSTRAINT run_revision_pkey PRIMARY KEY (run_id, revision);

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_route_id_service_date_device_id_key UNIQUE (route_id, service_date, device_id);

ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.second_factor
    ADD CONSTRAINT second_factor_pkey PRIMARY KEY (username);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_session_id_key UNIQUE (session_id);

ALTER TABLE ONLY public.shift
    ADD CONSTRAINT shift_pkey PRIMARY KEY (shift_id);

ALTER TABLE ONLY public.sop
    ADD CONSTRAINT sop_pkey PRIMARY KEY (sop_id, version);

ALTER TABLE ONLY public.status
    ADD CONSTRAINT status_pkey PRIMARY KEY (device_id, measured_at, seq);

CREATE INDEX ack_by_command ON public.ack USING btree (command_id);

CREATE INDEX air_index_by_hour ON public.air_index USING btree (hour);

CREATE INDEX alarm_by_incident ON public.alarm USING btree (incident_id, alarm_id);

CREATE INDEX alarm_by_time ON public.alarm USING btree (raised_at DESC, alarm_id DESC);

CREATE INDEX alarm_comment_by_alarm ON public.alarm_comment USING btree (alarm_id, comment_id);

CREATE UNIQUE INDEX alarm_going_on ON public.alarm USING btree (dedup_key) WHERE ((cleared_at IS NULL) AND (closed_at IS NULL));

CREATE INDEX alarm_open ON public.alarm USING btree (alarm_id) WHERE (closed_at IS NULL);

CREATE INDEX anomaly_by_time ON public.anomaly USING btree (started_at DESC);

CREATE INDEX api_token_by_account ON public.api_token USING btree (username);

CREATE INDEX audit_by_action ON public.audit USING btree (action text_pattern_ops, entry_id);

CREATE INDEX audit_by_actor ON public.audit USING btree (actor, entry_id);

CREATE INDEX audit_by_object ON public.audit USING btree (object_kind, object_id, entry_id);

CREATE INDEX audit_by_time ON public.audit USING btree (at, entry_id);

CREATE INDEX command_by_device ON public.command USING btree (device_id, issued_at DESC);

CREATE INDEX device_pending ON public.device USING btree (device_id) WHERE (state = 'pending'::text);

CREATE INDEX event_by_arrival ON public.event USING btree (stored_at);

CREATE INDEX event_by_time ON public.event USING btree (measured_at DESC);

CREATE INDEX hot_entry_active ON public.hot_entry USING btree (entry_id) WHERE (state = 'active'::text);

CREATE UNIQUE INDEX hot_entry_live ON public.hot_entry USING btree (list_id, plate_hmac) WHERE (state = ANY (ARRAY['pending'::text, 'active'::text]));

CREATE INDEX incident_by_time ON public.incident USING btree (opened_at DESC, incident_id DESC);

CREATE INDEX incident_entry_by_incident ON public.incident_entry USING btree (incident_id, entry_id);

CREATE UNIQUE INDEX incident_entry_opened ON public.incident_entry USING btree (key) WHERE (kind = 'opened'::text);

CREATE INDEX incident_link_back ON public.incident_link USING btree (other_id);

CREATE INDEX incident_open ON public.incident USING btree (last_at DESC) WHERE (state <> ALL (ARRAY['closed'::text, 'false'::text]));

CREATE UNIQUE INDEX incident_unit_busy ON public.incident_unit USING btree (device_id) WHERE (cleared_at IS NULL);

CREATE INDEX ledger_hour_by_hour ON public.ledger_hour USING btree (hour);

CREATE INDEX login_failure_by_time ON public.login_failure USING btree (last_at);

CREATE INDEX notification_by_time ON public.notification USING btree (notification_id DESC);

CREATE INDEX notification_pending ON public.notification USING btree (next_at) WHERE (state = 'pending'::text);

CREATE INDEX passage_count_by_hour ON public.passage_count USING btree (hour);

CREATE INDEX plate_hit_by_time ON public.plate_hit USING btree (measured_at DESC, hit_id DESC);

CREATE INDEX plate_hit_open ON public.plate_hit USING btree (measured_at DESC, hit_id DESC) WHERE (state = 'open'::text);

CREATE INDEX plate_read_by_plate ON public.plate_read USING btree (plate_hmac, measured_at DESC);

CREATE INDEX plate_search_by_person ON public.plate_search USING btree (by, at DESC);

CREATE INDEX public_alert_by_time ON public.public_alert USING btree (alert_id DESC);

CREATE INDEX reject_by_device ON public.reject USING btree (device_id, last_at DESC);

CREATE INDEX reject_by_time ON public.reject USING btree (last_at DESC);

CREATE INDEX route_assignment_by_device ON public.route_assignment USING btree (device_id, valid_from);

CREATE INDEX run_by_date ON public.run USING btree (service_date, route_id);

CREATE INDEX run_by_device ON public.run USING btree (device_id, service_date);

CREATE INDEX run_open ON public.run USING btree (window_from) WHERE (state = 'open'::text);

CREATE INDEX session_by_account ON public.session USING btree (username);

CREATE UNIQUE INDEX shift_current ON public.shift USING btree ((true)) WHERE (handed_at IS NULL);

CREATE TRIGGER account_shut AFTER UPDATE OF disabled_at ON public.account FOR EACH ROW WHEN ((new.disabled_at IS NOT NULL)) EXECUTE FUNCTION public.account_shut();

CREATE TRIGGER api_token_ended AFTER UPDATE OF revoked_at ON public.api_token FOR EACH ROW WHEN ((new.revoked_at IS NOT NULL)) EXECUTE FUNCTION public.api_token_ended();

CREATE TRIGGER audit_is_final BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_final();

CREATE TRIGGER device_changed AFTER INSERT OR DELETE OR UPDATE ON public.device FOR EACH ROW EXECUTE FUNCTION public.device_changed();

CREATE TRIGGER hot_entry_step BEFORE INSERT OR UPDATE ON public.hot_entry FOR EACH ROW EXECUTE FUNCTION public.hot_entry_step();

CREATE TRIGGER incident_entry_due AFTER INSERT ON public.incident_entry FOR EACH ROW WHEN ((new.kind = ANY (ARRAY['opened'::text, 'escalate'::text, 'resolve'::text, 'close'::text, 'mark_false'::text, 'reopen'::text]))) EXECUTE FUNCTION public.incident_entry_due();

CREATE TRIGGER plate_watch_changed AFTER DELETE OR UPDATE ON public.hot_entry FOR EACH STATEMENT EXECUTE FUNCTION public.plate_watch_changed();

CREATE TRIGGER plate_watch_changed AFTER UPDATE ON public.hot_list FOR EACH STATEMENT EXECUTE FUNCTION public.plate_watch_changed();

CREATE TRIGGER session_ended AFTER DELETE ON public.session FOR EACH ROW EXECUTE FUNCTION public.session_ended();

ALTER TABLE ONLY public.alarm_comment
    ADD CONSTRAINT alarm_comment_alarm_id_fkey FOREIGN KEY (alarm_id) REFERENCES public.alarm(alarm_id);

ALTER TABLE ONLY public.alarm
    ADD CONSTRAINT alarm_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(incident_id);

ALTER TABLE ONLY public.alarm
    ADD CONSTRAINT alarm_rule_id_rule_version_fkey FOREIGN KEY (rule_id, rule_version) REFERENCES public.rule(rule_id, version);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_username_fkey FOREIGN KEY (username) REFERENCES public.account(username) ON DELETE CASCADE;

ALTER TABLE ONLY public.calibration
    ADD CONSTRAINT calibration_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(device_id);

ALTER TABLE ONLY public.command
    ADD CONSTRAINT command_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(device_id);

ALTER TABLE ONLY public.hot_entry
    ADD CONSTRAINT hot_entry_list_id_fkey FOREIGN KEY (list_id) REFERENCES public.hot_list(list_id);

ALTER TABLE ONLY public.incident_entry
    ADD CONSTRAINT incident_entry_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(incident_id);

ALTER TABLE ONLY public.incident_file
    ADD CONSTRAINT incident_file_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(incident_id);

ALTER TABLE ONLY public.incident_file
    ADD CONSTRAINT incident_file_sha256_fkey FOREIGN KEY (sha256) REFERENCES public.attachment(sha256);

ALTER TABLE ONLY public.incident_link
    ADD CONSTRAINT incident_link_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(incident_id);

ALTER TABLE ONLY public.incident_link
    ADD CONSTRAINT incident_link_other_id_fkey FOREIGN KEY (other_id) REFERENCES public.incident(incident_id);

ALTER TABLE ONLY public.incident
    ADD CONSTRAINT incident_sop_id_sop_version_fkey FOREIGN KEY (sop_id, sop_version) REFERENCES public.sop(sop_id, version);

ALTER TABLE ONLY public.incident_step
    ADD CONSTRAINT incident_step_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(incident_id);

ALTER TABLE ONLY public.incident_track
    ADD CONSTRAINT incident_track_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(incident_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.incident_unit
    ADD CONSTRAINT incident_unit_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(incident_id);

ALTER TABLE ONLY public.maintenance
    ADD CONSTRAINT maintenance_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(device_id);

ALTER TABLE ONLY public.notice_due
    ADD CONSTRAINT notice_due_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES public.public_alert(alert_id);

ALTER TABLE ONLY public.notice_due
    ADD CONSTRAINT notice_due_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES public.incident_entry(entry_id);

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(incident_id);

ALTER TABLE ONLY public.panic_holder
    ADD CONSTRAINT panic_holder_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(device_id);

ALTER TABLE ONLY public.plate_hit
    ADD CONSTRAINT plate_hit_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES public.hot_entry(entry_id);

ALTER TABLE ONLY public.plate_search
    ADD CONSTRAINT plate_search_audit_id_fkey FOREIGN KEY (audit_id) REFERENCES public.audit(entry_id);

ALTER TABLE ONLY public.public_alert
    ADD CONSTRAINT public_alert_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(incident_id);

ALTER TABLE ONLY public.public_alert
    ADD CONSTRAINT public_alert_refers_to_fkey FOREIGN KEY (refers_to) REFERENCES public.public_alert(alert_id);

ALTER TABLE ONLY public.recovery_code
    ADD CONSTRAINT recovery_code_username_fkey FOREIGN KEY (username) REFERENCES public.second_factor(username) ON DELETE CASCADE;

ALTER TABLE ONLY public.route_assignment
    ADD CONSTRAINT route_assignment_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(device_id);

ALTER TABLE ONLY public.route_assignment
    ADD CONSTRAINT route_assignment_route_id_fkey FOREIGN KEY (route_id) REFERENCES public.route(route_id);

ALTER TABLE ONLY public.route
    ADD CONSTRAINT route_supervisor_fkey FOREIGN KEY (supervisor) REFERENCES public.account(username);

ALTER TABLE ONLY public.route_version
    ADD CONSTRAINT route_version_route_id_fkey FOREIGN KEY (route_id) REFERENCES public.route(route_id);

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(device_id);

ALTER TABLE ONLY public.run_review
    ADD CONSTRAINT run_review_attachment_sha256_fkey FOREIGN KEY (attachment_sha256) REFERENCES public.attachment(sha256);

ALTER TABLE ONLY public.run_review
    ADD CONSTRAINT run_review_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(run_id);

ALTER TABLE ONLY public.run_revision
    ADD CONSTRAINT run_revision_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(run_id);

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_route_id_version_fkey FOREIGN KEY (route_id, version) REFERENCES public.route_version(route_id, version);

ALTER TABLE ONLY public.second_factor
    ADD CONSTRAINT second_factor_username_fkey FOREIGN KEY (username) REFERENCES public.account(username) ON DELETE CASCADE;

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_username_fkey FOREIGN KEY (username) REFERENCES public.account(username) ON DELETE CASCADE;

-- event by measured_at, chunks of 7 days
-- gps_fix by measured_at, chunks of 1 day
-- plate_crop by measured_at, chunks of 06:00:00
-- plate_read by measured_at, chunks of 06:00:00
-- reading by measured_at, chunks of 7 days
-- status by measured_at, chunks of 7 days
