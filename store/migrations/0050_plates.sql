-- 0050_plates: hot lists, what they found, who searched, crops, and passages counted by class.
-- A plate stands nowhere in clear: it is a keyed hash, or inside a sealed box (core/seal.py).
-- Approval by a second person is enforced here too, whatever program writes.
-- Online-safe (new tables, a nullable column), but for the index on plate_read, which takes a
-- lock while it builds; the table holds hours. Undo with a later migration, never by editing this.

-- Chunks as short as the retention's grain: what is past it goes with its file.
SELECT set_chunk_time_interval('plate_read', INTERVAL '6 hours');
ALTER TABLE plate_read ADD COLUMN crop_doubt text           -- NULL: none came, or it was kept
    CHECK (crop_doubt IN ('too_large', 'not_base64', 'not_jpeg', 'wrong_sha256'));
CREATE INDEX plate_read_by_plate ON plate_read (plate_hmac, measured_at DESC);

-- Photographs of plates, apart from their reads and gone before them.
CREATE TABLE plate_crop (
    device_id   text        NOT NULL,
    measured_at timestamptz NOT NULL,
    seq         bigint      NOT NULL,
    stored_at   timestamptz NOT NULL DEFAULT now(),
    key_id      text        NOT NULL,
    sha256      text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),  -- of the JPEG in clear
    sealed      bytea       NOT NULL,
    PRIMARY KEY (device_id, measured_at, seq)
);
ALTER TABLE plate_crop ALTER COLUMN sealed SET STORAGE EXTERNAL;
SELECT create_hypertable('plate_crop', by_range('measured_at', INTERVAL '6 hours'),
                         create_default_indexes => false);

-- Reads that nobody has compared and counted yet: written with the read, deleted with what came of
-- it. So a late commit, a crash or a second engine neither skips nor repeats one.
CREATE TABLE plate_due (
    due_id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device_id   text        NOT NULL,
    measured_at timestamptz NOT NULL,
    seq         bigint      NOT NULL
);

CREATE TABLE hot_list (
    list_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text        NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
    reason      text        NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
    issuer      text        NOT NULL CHECK (length(issuer) BETWEEN 1 AND 200),
    priority    text        NOT NULL CHECK (priority IN ('critical', 'high', 'normal')),
    legal_basis text        NOT NULL CHECK (length(legal_basis) BETWEEN 1 AND 2000),
    expires_at  timestamptz,                               -- NULL: its entries' own
    created_by  text        NOT NULL,
    created_at  timestamptz NOT NULL
);

CREATE TABLE hot_entry (
    entry_id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    list_id          bigint      NOT NULL REFERENCES hot_list,
    key_id           text        NOT NULL,
    plate_hmac       bytea       NOT NULL CHECK (octet_length(plate_hmac) = 32),
    sealed           bytea       NOT NULL,                 -- the plate and the note
    state            text        NOT NULL DEFAULT 'pending'
                     CHECK (state IN ('pending', 'active', 'withdrawn', 'expired')),
    proposed_by      text        NOT NULL CHECK (proposed_by <> ''),
    proposed_at      timestamptz NOT NULL,
    approved_by      text        CHECK (approved_by <> ''),
    approved_at      timestamptz,
    ended_by         text,                                 -- who withdrew it; 'c5': it expired
    ended_at         timestamptz,
    end_reason       text,
    expires_at       timestamptz,                          -- NULL: with its list
    CONSTRAINT hot_entry_two_people CHECK (lower(approved_by) <> lower(proposed_by)),
    CONSTRAINT hot_entry_approved CHECK (state <> 'active' OR approved_by IS NOT NULL),
    CONSTRAINT hot_entry_pending CHECK (state <> 'pending' OR approved_by IS NULL),
    CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
    CHECK ((state IN ('withdrawn', 'expired')) = (ended_by IS NOT NULL)),
    CHECK ((ended_by IS NULL) = (ended_at IS NULL))
);
-- On one list a plate is sought once at a time.
CREATE UNIQUE INDEX hot_entry_live ON hot_entry (list_id, plate_hmac)
    WHERE state IN ('pending', 'active');
CREATE INDEX hot_entry_active ON hot_entry (entry_id) WHERE state = 'active';

-- An entry begins as proposed, moves forward only, and is what was approved for ever: its plate is
-- only ever written again under another key.
CREATE FUNCTION hot_entry_step() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER hot_entry_step BEFORE INSERT OR UPDATE ON hot_entry
    FOR EACH ROW EXECUTE FUNCTION hot_entry_step();

-- What is sought, as one number; a new entry is not sought yet. Whoever compares reads holds it in share, whoever changes the
-- lists takes it: an approval's search of the past and the watch over the present leave no gap.
CREATE TABLE plate_watch (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    version  bigint  NOT NULL DEFAULT 1
);
INSERT INTO plate_watch DEFAULT VALUES;
CREATE FUNCTION plate_watch_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE plate_watch SET version = version + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER plate_watch_changed AFTER UPDATE OR DELETE ON hot_entry
    FOR EACH STATEMENT EXECUTE FUNCTION plate_watch_changed();
CREATE TRIGGER plate_watch_changed AFTER UPDATE ON hot_list
    FOR EACH STATEMENT EXECUTE FUNCTION plate_watch_changed();

-- What a hit needs is its own: its read and crop may be purged on their day.
CREATE TABLE plate_hit (
    hit_id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_id        bigint      NOT NULL REFERENCES hot_entry,
    device_id       text        NOT NULL,
    measured_at     timestamptz NOT NULL,
    seq             bigint      NOT NULL,
    made_at         timestamptz NOT NULL,
    exact           boolean     NOT NULL,
    differs         smallint[]  NOT NULL DEFAULT '{}',     -- characters that are not the same, from 0
    found_back      boolean     NOT NULL DEFAULT false,    -- passed before its entry was approved
    direction       text,
    score           float8,
    key_id          text        NOT NULL,
    sealed          bytea       NOT NULL,
    crop_sha256     text,                                  -- NULL: there is no crop
    crop_sealed     bytea,
    state           text        NOT NULL DEFAULT 'open'
                    CHECK (state IN ('open', 'accepted', 'rejected')),
    decided_by      text,
    decided_at      timestamptz,
    decision_reason text,
    UNIQUE (entry_id, device_id, measured_at, seq),
    CHECK (exact = (cardinality(differs) = 0)),
    CHECK ((crop_sha256 IS NULL) = (crop_sealed IS NULL)),
    CHECK ((state = 'open') = (decided_by IS NULL)),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CHECK (state = 'open' OR decision_reason <> '')
);
ALTER TABLE plate_hit ALTER COLUMN crop_sealed SET STORAGE EXTERNAL;
CREATE INDEX plate_hit_by_time ON plate_hit (measured_at DESC, hit_id DESC);
CREATE INDEX plate_hit_open ON plate_hit (measured_at DESC, hit_id DESC) WHERE state = 'open';

-- Who looked for a plate, and why. No search without its entry in the audit: the same transaction.
CREATE TABLE plate_search (
    search_id   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    audit_id    bigint      NOT NULL REFERENCES audit,
    at          timestamptz NOT NULL,
    by          text        NOT NULL,
    purpose     text        NOT NULL CHECK (btrim(purpose) <> ''),
    case_number text        NOT NULL CHECK (btrim(case_number) <> ''),
    plate_shown text        NOT NULL,                      -- masked
    plate_print bytea       NOT NULL CHECK (octet_length(plate_print) = 32),  -- keyed: to prove one
    key_id      text        NOT NULL,
    since       timestamptz NOT NULL,
    until       timestamptz NOT NULL,
    rows        bigint      NOT NULL,                      -- reads that lay in that time
    found       integer     NOT NULL
);
CREATE INDEX plate_search_by_person ON plate_search (by, at DESC);

-- Passages by what the plate tells of its vehicle; never a plate. '' is not known.
CREATE TABLE passage_count (
    device_id text        NOT NULL,
    hour      timestamptz NOT NULL,
    direction text        NOT NULL,
    class     text        NOT NULL,
    state     text        NOT NULL,
    n         bigint      NOT NULL CHECK (n > 0),
    PRIMARY KEY (device_id, hour, direction, class, state)
);
CREATE INDEX passage_count_by_hour ON passage_count (hour);
