-- 0062_outbox: who is told outside of C5, once for each thing that happened, and what came of it.
-- Online-safe (new tables). A trigger queues what is worth telling in the transaction that writes
-- it, whoever does, so nothing is told that was rolled back and nothing is forgotten.
CREATE TABLE notice_due (
    due_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_id bigint REFERENCES incident_entry,  -- a line of an incident's log, or
    alert_id bigint,                            -- an alert to the public that was approved
    CHECK ((entry_id IS NULL) <> (alert_id IS NULL))
);

CREATE FUNCTION incident_entry_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO notice_due (entry_id) VALUES (NEW.entry_id);
    RETURN NULL;
END $$;

CREATE TRIGGER incident_entry_due AFTER INSERT ON incident_entry FOR EACH ROW
    WHEN (NEW.kind IN ('opened', 'escalate', 'resolve', 'close', 'mark_false', 'reopen'))
    EXECUTE FUNCTION incident_entry_due();

CREATE TABLE notification (
    notification_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL,
    channel         text        NOT NULL CHECK (channel IN ('mail', 'webhook', 'mqtt')),
    address         text        NOT NULL,
    about           text        NOT NULL,     -- incident.opened, alert.approved ...
    incident_id     bigint      REFERENCES incident,
    body            jsonb       NOT NULL,
    state           text        NOT NULL DEFAULT 'pending'
                                CHECK (state IN ('pending', 'sent', 'failed')),
    tries           integer     NOT NULL DEFAULT 0,
    next_at         timestamptz NOT NULL,
    sent_at         timestamptz,
    error           text
);
CREATE INDEX notification_pending ON notification (next_at) WHERE state = 'pending';
CREATE INDEX notification_by_time ON notification (notification_id DESC);
