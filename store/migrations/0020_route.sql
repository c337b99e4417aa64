-- 0020_route: planned routes with their versions, who drives them, and what became of each run.
-- Online-safe (new tables). A report stays reproducible: a run names the version it was judged by,
-- and every revision keeps its document with the digest of it.
CREATE TABLE route (
    route_id   text        PRIMARY KEY CHECK (route_id ~ '^[A-Za-z0-9_-]{1,64}$'),
    name       text        NOT NULL,
    supervisor text        REFERENCES account (username),  -- NULL: nobody in particular
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_on date                                        -- from this day on it is not driven
);

CREATE TABLE route_version (
    route_id    text        NOT NULL REFERENCES route,
    version     integer     NOT NULL CHECK (version > 0),
    valid_from  date        NOT NULL,  -- the plan of a day is its highest version in force
    document    jsonb       NOT NULL,  -- canonical GeoJSON, see docs/route-plans.md
    sha256      text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    blocks      integer     NOT NULL CHECK (blocks > 0),
    length_m    float8      NOT NULL CHECK (length_m > 0),
    imported_at timestamptz NOT NULL DEFAULT now(),
    imported_by text        NOT NULL,
    PRIMARY KEY (route_id, version)
);

CREATE TABLE route_assignment (
    route_id   text NOT NULL REFERENCES route,
    device_id  text NOT NULL REFERENCES device,
    valid_from date NOT NULL,
    valid_to   date CHECK (valid_to > valid_from),  -- exclusive; NULL: until further notice
    PRIMARY KEY (route_id, device_id, valid_from)
);
CREATE INDEX route_assignment_by_device ON route_assignment (device_id, valid_from);

CREATE TABLE run (
    run_id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    route_id     text        NOT NULL,
    service_date date        NOT NULL,  -- local day on which its window begins
    device_id    text        NOT NULL REFERENCES device,
    version      integer     NOT NULL,
    window_from  timestamptz NOT NULL,
    window_to    timestamptz NOT NULL CHECK (window_to > window_from),
    state        text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    revision     integer,               -- the newest; NULL: nothing computed yet, 0: provisional
    fix_rows     bigint      NOT NULL DEFAULT 0,  -- by fix_hourly, when it was computed
    computed_at  timestamptz,
    coverage     float8,                -- share of the service length, 0 to 1
    serviced     integer,
    too_fast     integer,
    missed       integer,
    unknown      integer,
    serviced_m   float8,                -- length of those blocks
    too_fast_m   float8,
    missed_m     float8,
    unknown_m    float8,
    begin_late_s float8,                -- after the window began; NULL: it has no hours
    end_late_s   float8,
    off_route_s  float8,
    service_m    float8,
    deadhead_m   float8,
    UNIQUE (route_id, service_date, device_id),
    FOREIGN KEY (route_id, version) REFERENCES route_version
);
CREATE INDEX run_by_date ON run (service_date, route_id);
CREATE INDEX run_by_device ON run (device_id, service_date);
CREATE INDEX run_open ON run (window_from) WHERE state = 'open';

CREATE TABLE run_revision (
    run_id      bigint      NOT NULL REFERENCES run,
    revision    integer     NOT NULL CHECK (revision >= 0),  -- 0 while the run is open
    computed_at timestamptz NOT NULL,
    why         text        NOT NULL CHECK (why IN ('provisional', 'closed', 'late', 'backfill')),
    document    jsonb       NOT NULL,
    sha256      text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (run_id, revision)
);

CREATE TABLE attachment (
    sha256     text        PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    media_type text        NOT NULL,
    content    bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text        NOT NULL
);

CREATE TABLE run_review (
    review_id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id            bigint      NOT NULL REFERENCES run,
    revision          integer     NOT NULL,
    segment_id        text        NOT NULL,
    verdict           text        NOT NULL CHECK (verdict IN ('confirmed', 'disputed')),
    reason            text        NOT NULL CHECK (reason IN ('sin_acceso', 'calle_cerrada',
                          'camion_lleno', 'averia', 'seguridad', 'otro')),
    note              text        NOT NULL DEFAULT '' CHECK (length(note) <= 4000),
    attachment_sha256 text        REFERENCES attachment,
    reviewed_by       text        NOT NULL,
    reviewed_at       timestamptz NOT NULL,
    previous_sha256   text        NOT NULL,  -- of the run's review before; '' for the first
    sha256            text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    UNIQUE (run_id, previous_sha256)         -- a chain, never a tree
);

CREATE TABLE mailing (
    kind       text        NOT NULL,
    due_on     date        NOT NULL,
    sent_at    timestamptz NOT NULL,
    recipients text[]      NOT NULL,
    PRIMARY KEY (kind, due_on)               -- once a day, whoever sends it
);
