-- 0041_people: accounts that log in elsewhere, second factors, sessions one can look at, API tokens.
-- Nothing here opens a door by itself: TOTP secrets are sealed, tokens and recovery codes are
-- keyed hashes. last_step makes a code good once. Ending a session stays deleting its row.
-- Online-safe (new tables; new columns with constant or volatile-free defaults on a small table).
-- Undo with a later migration, never by editing this.
ALTER TABLE account
    ALTER COLUMN password_hash DROP NOT NULL,              -- NULL: logs in at its issuer only
    ADD COLUMN issuer  text,                               -- of OpenID Connect; NULL: local
    ADD COLUMN subject text,                               -- who it is there
    ADD CONSTRAINT account_lives_somewhere
        CHECK (num_nonnulls(issuer, subject) IN (0, 2)
               AND (password_hash IS NULL) = (issuer IS NOT NULL)),
    ADD CONSTRAINT account_by_subject UNIQUE (issuer, subject);

ALTER TABLE session
    ADD COLUMN session_id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    ADD COLUMN seen_at    timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN agent      text        NOT NULL DEFAULT '', -- what the browser calls itself
    ADD COLUMN factor_at  timestamptz;                     -- NULL: only the password was shown

CREATE TABLE second_factor (
    username     text        PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    sealed       bytea       NOT NULL,                     -- the TOTP secret, under people.key
    created_at   timestamptz NOT NULL,
    confirmed_at timestamptz,                              -- NULL: begun, never asked for
    last_step    bigint      NOT NULL DEFAULT 0            -- newest 30 s step whose code was taken
);
CREATE TABLE recovery_code (
    username     text        NOT NULL REFERENCES second_factor ON DELETE CASCADE,
    code_hash    bytea       NOT NULL CHECK (octet_length(code_hash) = 32),
    used_at      timestamptz,
    PRIMARY KEY (username, code_hash)
);

CREATE TABLE api_token (
    token_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username     text        NOT NULL REFERENCES account ON DELETE CASCADE,
    name         text        NOT NULL,
    scopes       text[]      NOT NULL,                     -- rights; those of its role at most
    token_hash   bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz,                              -- to the minute
    revoked_at   timestamptz
);
CREATE INDEX api_token_by_account ON api_token (username);

-- Whoever streams with a token hears of its end as sessions do.
CREATE FUNCTION api_token_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('c5_session', encode(NEW.token_hash, 'hex'));
    RETURN NULL;
END $$;
CREATE TRIGGER api_token_ended AFTER UPDATE OF revoked_at ON api_token
    FOR EACH ROW WHEN (NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION api_token_ended();
CREATE FUNCTION account_shut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('c5_session', encode(token_hash, 'hex'))
       FROM api_token WHERE username = NEW.username AND revoked_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER account_shut AFTER UPDATE OF disabled_at ON account
    FOR EACH ROW WHEN (NEW.disabled_at IS NOT NULL) EXECUTE FUNCTION account_shut();
