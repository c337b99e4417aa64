-- 0010_account: people, their sessions and their failed logins.
-- A session is found by the keyed hash of its token, so this table opens no door.
-- Ending one is deleting it, and whoever streams to it hears of it at commit.
-- Online-safe (new tables). Undo with a later migration, never by editing this.
CREATE TABLE account (
    username      text        PRIMARY KEY CHECK (username ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    name          text        NOT NULL,
    role          text        NOT NULL CHECK (role IN
                  ('operador', 'supervisor', 'autorizado-LPR', 'auditor', 'administrador')),
    password_hash text        NOT NULL,                    -- argon2id
    disabled_at   timestamptz,                             -- NULL: may log in
    created_at    timestamptz NOT NULL DEFAULT now(),
    changed_at    timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE session (
    token_hash    bytea       PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    username      text        NOT NULL REFERENCES account ON DELETE CASCADE,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    address       text        NOT NULL
);
CREATE INDEX session_by_account ON session (username);

CREATE FUNCTION session_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('c5_session', encode(OLD.token_hash, 'hex'));
    RETURN NULL;
END $$;
CREATE TRIGGER session_ended AFTER DELETE ON session
    FOR EACH ROW EXECUTE FUNCTION session_ended();

-- One row for the account and one for the address of a failed login. Subjects are
-- keyed hashes: people type passwords into the wrong field.
CREATE TABLE login_failure (
    subject       bytea       PRIMARY KEY CHECK (octet_length(subject) = 32),
    failures      integer     NOT NULL,
    last_at       timestamptz NOT NULL
);
CREATE INDEX login_failure_by_time ON login_failure (last_at);

-- Strangers are counted each time one more is noted.
CREATE INDEX device_pending ON device (device_id) WHERE state = 'pending';
