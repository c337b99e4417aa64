-- 0030_sensing: what is known of instruments, the stored index, and what the anomaly engine found.
-- Online-safe (new tables).
CREATE TABLE calibration (
    calibration_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device_id      text        NOT NULL REFERENCES device,
    metric         text        NOT NULL,
    valid_from     timestamptz NOT NULL,
    valid_to       timestamptz CHECK (valid_to > valid_from),  -- exclusive; NULL: until the next
    gain           float8      NOT NULL DEFAULT 1,  -- value = gain * raw + offset, on read
    offset_value   float8      NOT NULL DEFAULT 0,  -- in the metric's unit
    note           text        NOT NULL DEFAULT '',
    made_by        text        NOT NULL,
    made_at        timestamptz NOT NULL DEFAULT now(),
    UNIQUE (device_id, metric, valid_from)
);

-- At most one holds at any instant: it ends at its own end, or where the next begins.
CREATE VIEW calibration_span AS
SELECT device_id, metric, valid_from, gain, offset_value,
       least(coalesce(valid_to, 'infinity'),
             lead(valid_from, 1, 'infinity') OVER (PARTITION BY device_id, metric
                                                   ORDER BY valid_from)) AS valid_until
FROM calibration;

CREATE TABLE maintenance (
    device_id text        NOT NULL REFERENCES device,
    done_at   timestamptz NOT NULL,
    note      text        NOT NULL DEFAULT '',
    noted_by  text        NOT NULL,
    PRIMARY KEY (device_id, done_at)
);

CREATE TABLE air_index (
    device_id text        NOT NULL,
    hour      timestamptz NOT NULL,     -- its beginning
    rule_id   text        NOT NULL,     -- the rule of the hour's own date, see sensing/rules
    category  smallint    NOT NULL CHECK (category BETWEEN -1 AND 4),  -- -1: too few data
    dominant  text,                     -- pollutant; NULL: none
    detail    jsonb       NOT NULL,     -- {pollutant: {value, unit, category, doubts}}
    epa_aqi   smallint    CHECK (epa_aqi >= 0),  -- the U.S. index beside it; NULL: too few data
    believed  bigint      NOT NULL,     -- the hour's readings as the rollup counted them when it
    doubted   bigint      NOT NULL,     -- was judged; where that differs now, it is judged again
    PRIMARY KEY (device_id, hour)
);
CREATE INDEX air_index_by_hour ON air_index (hour);

-- Hours whose samples were looked at one by one, and how many there were then.
CREATE TABLE quality_hour (
    device_id text        NOT NULL,
    hour      timestamptz NOT NULL,
    rows      bigint      NOT NULL,
    PRIMARY KEY (device_id, hour)
);

CREATE TABLE anomaly (
    anomaly_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device_id  text        NOT NULL,
    metric     text        NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,             -- NULL: it goes on
    score      real        NOT NULL CHECK (score BETWEEN 0 AND 1),  -- the highest so far
    why        text        NOT NULL,    -- level, spike, flatline, variance, season, trend, silence
    value      float8,
    usual      float8,                  -- what was expected; NULL: cannot be said
    is_true    boolean,                 -- NULL: nobody has said
    marked_by  text,
    marked_at  timestamptz,
    note       text        NOT NULL DEFAULT '',
    UNIQUE (device_id, metric, started_at)
);
CREATE INDEX anomaly_by_time ON anomaly (started_at DESC);

CREATE TABLE engine_state (
    name     text        PRIMARY KEY,   -- which engine
    state    bytea       NOT NULL,
    saved_at timestamptz NOT NULL
);
