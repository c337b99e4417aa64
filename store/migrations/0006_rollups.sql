-- 0006_rollups: hourly and daily summaries as ordinary tables, because the Apache-2
-- edition of TimescaleDB has no continuous aggregates. Unbelievable rows are counted,
-- never averaged. Daily means weigh every row alike (sums are kept).
-- Online-safe (new tables). Undo with a later migration, never by editing this.
CREATE TABLE reading_hourly (
    device_id text NOT NULL, metric text NOT NULL, hour timestamptz NOT NULL,
    n bigint NOT NULL, flagged bigint NOT NULL,
    sum_value float8, min_value float8, max_value float8, last_value float8,
    PRIMARY KEY (device_id, metric, hour)
);
CREATE TABLE reading_daily (
    device_id text NOT NULL, metric text NOT NULL, day date NOT NULL,   -- the city's local day
    n bigint NOT NULL, flagged bigint NOT NULL,
    sum_value float8, min_value float8, max_value float8,
    PRIMARY KEY (device_id, metric, day)
);
CREATE TABLE fix_hourly (
    device_id text NOT NULL, hour timestamptz NOT NULL,
    n bigint NOT NULL, flagged bigint NOT NULL,
    sum_speed_mps float8, n_speed bigint NOT NULL, max_speed_mps float8, moving bigint NOT NULL,
    PRIMARY KEY (device_id, hour)
);
CREATE TABLE fix_daily (
    device_id text NOT NULL, day date NOT NULL,
    n bigint NOT NULL, flagged bigint NOT NULL,
    sum_speed_mps float8, n_speed bigint NOT NULL, max_speed_mps float8, moving bigint NOT NULL,
    PRIMARY KEY (device_id, day)
);
CREATE TABLE passage_hourly (                            -- plates counted, not kept
    device_id text NOT NULL, hour timestamptz NOT NULL, direction text NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (device_id, hour, direction)
);
