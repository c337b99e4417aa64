-- 0005_ledger: sent (from seq) against stored, per device and hour.
-- Ingest appends a delta a batch in the transaction that stores its rows, so no two
-- workers ever wait for each other; the rollup job folds deltas and takes their
-- (device, hour) as the hours to recompute. Late data is just another delta.
-- Online-safe (new tables). Undo with a later migration, never by editing this.
CREATE TABLE ledger_delta (
    device_id   text        NOT NULL,
    hour        timestamptz NOT NULL,                    -- of measured_at, UTC
    seq_lo      bigint,                                  -- NULL: no counter seen
    seq_hi      bigint,
    stored      bigint      NOT NULL DEFAULT 0,          -- messages new to us
    rejected    bigint      NOT NULL DEFAULT 0,
    duplicates  bigint      NOT NULL DEFAULT 0,
    late        bigint      NOT NULL DEFAULT 0
);
CREATE TABLE ledger_hour (
    device_id   text        NOT NULL,
    hour        timestamptz NOT NULL,
    seq_lo      bigint,
    seq_hi      bigint,
    stored      bigint      NOT NULL,
    rejected    bigint      NOT NULL,
    duplicates  bigint      NOT NULL,
    late        bigint      NOT NULL,
    PRIMARY KEY (device_id, hour)
);

-- The ledger as of this instant: folded hours and what is not folded yet.
CREATE VIEW ledger AS
SELECT device_id, hour, min(seq_lo) AS seq_lo, max(seq_hi) AS seq_hi,
       sum(stored)::bigint AS stored, sum(rejected)::bigint AS rejected,
       sum(duplicates)::bigint AS duplicates, sum(late)::bigint AS late
FROM (SELECT * FROM ledger_hour UNION ALL SELECT * FROM ledger_delta) AS both_halves
GROUP BY device_id, hour;
