-- 0072_panic_sealed: who carries a panic button is sealed like a plate (core.seal), so that a dump
-- without the key names nobody. Rows in clear are sealed by the engine, or by `c5 hotlist rekey`:
-- SQL has no key. The check holds for every row that is written from now on.
-- Online-safe (a check that is not verified for old rows scans nothing).
ALTER TABLE panic_holder
    ADD COLUMN key_id text,                            -- which key opens it
    ADD COLUMN sealed bytea,                           -- name, phone, note
    ALTER COLUMN name DROP NOT NULL,                   -- not NULL: not sealed yet
    ALTER COLUMN phone DROP NOT NULL, ALTER COLUMN phone DROP DEFAULT,
    ALTER COLUMN note DROP NOT NULL, ALTER COLUMN note DROP DEFAULT,
    ADD CONSTRAINT panic_holder_sealed
        CHECK (num_nulls(key_id, sealed) = 0 AND num_nonnulls(name, phone, note) = 0) NOT VALID;
