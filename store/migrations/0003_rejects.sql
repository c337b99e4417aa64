-- 0003_rejects: what could not be stored, with its bytes and why, ready to be replayed.
-- The digest (SHA-256 of topic, NUL, payload) folds redeliveries and a device that
-- repeats one bad message for ever into a single row with a count.
-- Online-safe (new table). Undo with a later migration, never by editing this.
CREATE TABLE reject (
    reject_id   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest      bytea       NOT NULL UNIQUE,
    first_at    timestamptz NOT NULL,                    -- received_at, first and last time
    last_at     timestamptz NOT NULL,
    times       bigint      NOT NULL DEFAULT 1,
    topic       text        NOT NULL,
    device_id   text,                                    -- NULL: the topic names none
    reason      text        NOT NULL,
    detail      text        NOT NULL,
    payload     bytea       NOT NULL,
    sealed      boolean     NOT NULL DEFAULT false,      -- payload encrypted: it may hold a plate
    size_bytes  bigint      NOT NULL,
    replayed_at timestamptz
);
CREATE INDEX reject_by_time ON reject (last_at DESC);
CREATE INDEX reject_by_device ON reject (device_id, last_at DESC);
