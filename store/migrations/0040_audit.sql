-- 0040_audit: who did what, when, to what, and why; appended, never changed.
-- Each row carries the SHA-256 of the row before it and its own (store/audit.py says over
-- what), and numbers have no gaps: an edit, a hole, a swap or a fork shows. Writers take
-- turns by an advisory lock that their transaction holds. The triggers stop mistakes and
-- whoever has only SQL; whoever can switch triggers off is found by `c5 audit verify`.
-- detail is json, not jsonb: its text is what was hashed, and jsonb rewrites numbers.
-- Online-safe (new table). Undo with a later migration, never by editing this.
CREATE TABLE audit (
    entry_id        bigint      PRIMARY KEY CHECK (entry_id >= 1),
    at              timestamptz NOT NULL,
    actor           text        NOT NULL,                  -- a username, or c5 for itself
    role            text,                                  -- NULL: c5, or a login that failed
    action          text        NOT NULL CHECK (action ~ '^[a-z0-9_]+(\.[a-z0-9_]+)+$'),
    object_kind     text        NOT NULL,
    object_id       text        NOT NULL,
    reason          text,                                  -- NULL: none was asked for
    detail          json        NOT NULL,
    address         text,                                  -- NULL: not over the network
    previous_sha256 text        NOT NULL,
    sha256          text        NOT NULL UNIQUE
);
CREATE INDEX audit_by_time ON audit (at, entry_id);
CREATE INDEX audit_by_actor ON audit (actor, entry_id);
CREATE INDEX audit_by_action ON audit (action text_pattern_ops, entry_id);
CREATE INDEX audit_by_object ON audit (object_kind, object_id, entry_id);

CREATE FUNCTION audit_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is only appended to: % is refused', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_final();
