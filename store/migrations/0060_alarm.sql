-- 0060_alarm: rules as versioned documents, and the alarms that they raise.
-- Online-safe (new tables), but for the index on event, which takes a lock while it builds.
-- Acknowledged, cleared and closed are three different things: somebody saw it, it is over,
-- it is dealt with. Each has its own time, and none implies another.
CREATE TABLE rule (
    rule_id  text        NOT NULL CHECK (rule_id ~ '^[a-z][a-z0-9_]{0,63}$'),
    version  integer     NOT NULL CHECK (version > 0),  -- the highest is in force
    document jsonb       NOT NULL,                      -- see docs/alarms.md
    enabled  boolean     NOT NULL DEFAULT true,
    note     text        NOT NULL DEFAULT '',
    saved_at timestamptz NOT NULL DEFAULT now(),
    saved_by text        NOT NULL,                      -- 'c5': it came with this build
    PRIMARY KEY (rule_id, version)
);

CREATE TABLE alarm (
    alarm_id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind            text        NOT NULL,
    severity        text        NOT NULL CHECK (severity IN ('CRITICAL', 'MAJOR', 'MINOR',
                                    'WARNING', 'INDETERMINATE')),
    rule_id         text        NOT NULL,
    rule_version    integer     NOT NULL,
    dedup_key       text        NOT NULL,          -- two facts with one key are one alarm
    title_es        text        NOT NULL,
    title_en        text        NOT NULL,
    device_id       text,                          -- NULL: of no device, such as ingest's lag
    lat_deg         float8      CHECK (lat_deg BETWEEN -90 AND 90),
    lon_deg         float8      CHECK (lon_deg BETWEEN -180 AND 180),
    raised_at       timestamptz NOT NULL,
    last_at         timestamptz NOT NULL,          -- of the newest of them
    count           bigint      NOT NULL DEFAULT 1 CHECK (count > 0),  -- facts that it counts
    cleared_at      timestamptz,
    cleared_by      text,                          -- 'c5': by its rule
    acknowledged_at timestamptz,
    acknowledged_by text,
    closed_at       timestamptz,
    closed_by       text,
    assignee        text,
    incident_id     bigint,
    detail          jsonb       NOT NULL DEFAULT '{}'::jsonb,
    version         bigint      NOT NULL DEFAULT 1,  -- grows with every change
    acted_version   bigint      NOT NULL DEFAULT 1,  -- as people last left it
    FOREIGN KEY (rule_id, rule_version) REFERENCES rule
);
-- While an alarm goes on its key is taken: what repeats it is counted.
CREATE UNIQUE INDEX alarm_going_on ON alarm (dedup_key)
    WHERE cleared_at IS NULL AND closed_at IS NULL;
CREATE INDEX alarm_by_time ON alarm (raised_at DESC, alarm_id DESC);
CREATE INDEX alarm_open ON alarm (alarm_id) WHERE closed_at IS NULL;
CREATE INDEX alarm_by_incident ON alarm (incident_id, alarm_id);

CREATE TABLE alarm_comment (
    comment_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm_id   bigint      NOT NULL REFERENCES alarm,
    at         timestamptz NOT NULL,
    by         text        NOT NULL,
    text       text        NOT NULL CHECK (length(text) BETWEEN 1 AND 4000)
);
CREATE INDEX alarm_comment_by_alarm ON alarm_comment (alarm_id, comment_id);

-- What is new, whatever its device's clock says.
CREATE INDEX event_by_arrival ON event (stored_at);
