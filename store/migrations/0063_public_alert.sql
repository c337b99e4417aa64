-- 0063_public_alert: CAP 1.2 alerts to the public: drafted by one person, approved by another.
-- Online-safe (new table, and a foreign key on a table of the migration before).
CREATE TABLE public_alert (
    alert_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    identifier  text        NOT NULL UNIQUE,
    incident_id bigint      REFERENCES incident,
    exercise    boolean     NOT NULL,                  -- a drill: status Exercise, never Actual
    msg_type    text        NOT NULL CHECK (msg_type IN ('Alert', 'Update', 'Cancel')),
    refers_to   bigint      REFERENCES public_alert,   -- what it updates or takes back
    state       text        NOT NULL DEFAULT 'draft'
                            CHECK (state IN ('draft', 'approved', 'rejected')),
    document    jsonb       NOT NULL,                  -- what was written; see docs/public-alerts.md
    drafted_at  timestamptz NOT NULL,
    drafted_by  text        NOT NULL,
    decided_at  timestamptz,
    decided_by  text,
    reason      text        NOT NULL DEFAULT '',
    xml         text,                                  -- as it was approved; NULL before
    CHECK (decided_by IS NULL OR state = 'rejected' OR decided_by <> drafted_by),
    CHECK ((state = 'approved') = (xml IS NOT NULL)),
    CHECK ((msg_type = 'Alert') = (refers_to IS NULL))
);
CREATE INDEX public_alert_by_time ON public_alert (alert_id DESC);

ALTER TABLE notice_due ADD FOREIGN KEY (alert_id) REFERENCES public_alert;
