-- 0061_incident: incidents, their log, procedure, units, links, files and track.
-- Online-safe (new tables, and a foreign key on a table of the migration before).
-- The log is what is believed; the incident's row is where it has led to.
CREATE TABLE sop (
    sop_id   text        NOT NULL CHECK (sop_id ~ '^[a-z][a-z0-9_]{0,63}$'),
    version  integer     NOT NULL CHECK (version > 0),  -- the highest is given to new incidents
    document jsonb       NOT NULL,                      -- see docs/incidents.md
    saved_at timestamptz NOT NULL DEFAULT now(),
    saved_by text        NOT NULL,
    PRIMARY KEY (sop_id, version)
);

CREATE TABLE incident (
    incident_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind            text        NOT NULL,
    severity        text        NOT NULL CHECK (severity IN ('CRITICAL', 'MAJOR', 'MINOR',
                                    'WARNING', 'INDETERMINATE')),
    state           text        NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'acknowledged',
                                    'dispatched', 'on_scene', 'resolved', 'closed', 'false')),
    cause           text        NOT NULL,          -- what its alarms have in common
    title_es        text        NOT NULL,
    title_en        text        NOT NULL,
    device_id       text,                          -- whose alarm opened it; NULL: nobody's
    lat_deg         float8      CHECK (lat_deg BETWEEN -90 AND 90),
    lon_deg         float8      CHECK (lon_deg BETWEEN -180 AND 180),
    opened_at       timestamptz NOT NULL,
    opened_by       text        NOT NULL,          -- 'c5': by alarms
    last_at         timestamptz NOT NULL,          -- of its newest alarm
    acknowledged_at timestamptz,
    dispatched_at   timestamptz,
    on_scene_at     timestamptz,
    resolved_at     timestamptz,
    closed_at       timestamptz,
    assignee        text,
    role            text        NOT NULL,          -- whose turn it is
    escalated_to    text,
    due_step        text        CHECK (due_step IN ('acknowledge', 'dispatch', 'resolve')),
    due_at          timestamptz,
    overdue         boolean     NOT NULL DEFAULT false,
    alarms          bigint      NOT NULL DEFAULT 0,
    sop_id          text,
    sop_version     integer,
    version         bigint      NOT NULL DEFAULT 1,
    acted_version   bigint      NOT NULL DEFAULT 1,
    CHECK ((due_step IS NULL) = (due_at IS NULL)),
    FOREIGN KEY (sop_id, sop_version) REFERENCES sop
);
CREATE INDEX incident_by_time ON incident (opened_at DESC, incident_id DESC);
CREATE INDEX incident_open ON incident (last_at DESC) WHERE state NOT IN ('closed', 'false');

ALTER TABLE alarm ADD FOREIGN KEY (incident_id) REFERENCES incident;

CREATE TABLE incident_entry (
    entry_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id bigint      NOT NULL REFERENCES incident,
    at          timestamptz NOT NULL,
    by          text        NOT NULL,
    kind        text        NOT NULL,
    text_es     text        NOT NULL,
    text_en     text        NOT NULL,
    detail      jsonb       NOT NULL DEFAULT '{}'::jsonb,
    key         uuid,                              -- made by who asked: once, however often sent
    UNIQUE (incident_id, key)
);
-- An incident that somebody opens is opened once, however often it was sent.
CREATE UNIQUE INDEX incident_entry_opened ON incident_entry (key) WHERE kind = 'opened';
CREATE INDEX incident_entry_by_incident ON incident_entry (incident_id, entry_id);

CREATE TABLE incident_step (
    incident_id bigint      NOT NULL REFERENCES incident,
    step_id     text        NOT NULL,
    state       text        NOT NULL CHECK (state IN ('done', 'skipped')),
    answer      text,                              -- which branch was taken
    by          text        NOT NULL,
    at          timestamptz NOT NULL,
    reason      text        NOT NULL DEFAULT '',
    PRIMARY KEY (incident_id, step_id),
    CHECK (state <> 'skipped' OR reason <> '')
);

CREATE TABLE incident_unit (
    incident_id bigint      NOT NULL REFERENCES incident,
    device_id   text        NOT NULL,
    assigned_at timestamptz NOT NULL,
    en_route_at timestamptz,
    on_scene_at timestamptz,
    cleared_at  timestamptz,
    PRIMARY KEY (incident_id, device_id, assigned_at)
);
-- A unit is at one incident at a time.
CREATE UNIQUE INDEX incident_unit_busy ON incident_unit (device_id) WHERE cleared_at IS NULL;

CREATE TABLE incident_link (
    incident_id bigint      NOT NULL REFERENCES incident,
    other_id    bigint      NOT NULL REFERENCES incident,
    relation    text        NOT NULL CHECK (relation IN ('related', 'duplicate', 'cause')),
    by          text        NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (incident_id, other_id),
    CHECK (incident_id <> other_id)
);
CREATE INDEX incident_link_back ON incident_link (other_id);

CREATE TABLE incident_file (
    incident_id bigint      NOT NULL REFERENCES incident,
    sha256      text        NOT NULL REFERENCES attachment,
    name        text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    by          text        NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (incident_id, sha256)
);

-- Where who pressed has been since: personal data, as short as the incident needs it.
CREATE TABLE incident_track (
    incident_id bigint      NOT NULL REFERENCES incident ON DELETE CASCADE,
    at          timestamptz NOT NULL,
    lat_deg     float8      NOT NULL CHECK (lat_deg BETWEEN -90 AND 90),
    lon_deg     float8      NOT NULL CHECK (lon_deg BETWEEN -180 AND 180),
    PRIMARY KEY (incident_id, at)
);

-- Who carries a panic button: read with the right to, and every reading is on record.
CREATE TABLE panic_holder (
    device_id text        PRIMARY KEY REFERENCES device,
    name      text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    phone     text        NOT NULL DEFAULT '' CHECK (length(phone) <= 40),
    note      text        NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
    saved_at  timestamptz NOT NULL,
    saved_by  text        NOT NULL
);

CREATE TABLE shift (
    shift_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    began_at    timestamptz NOT NULL,
    began_by    text        NOT NULL,
    note        text        NOT NULL DEFAULT '' CHECK (length(note) <= 8000),
    handed_at   timestamptz,                       -- NULL: it goes on
    handed_by   text,
    handed_to   text,
    accepted_at timestamptz,
    accepted_by text,
    open        jsonb       NOT NULL DEFAULT '{}'::jsonb  -- what was open when it was handed over
);
CREATE UNIQUE INDEX shift_current ON shift ((true)) WHERE handed_at IS NULL;
