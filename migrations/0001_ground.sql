-- +goose Up

-- What must still happen. See package outbox for the life of a row.
CREATE TABLE outbox (
    id           BIGINT PRIMARY KEY,
    fact         TEXT   NOT NULL,
    task         TEXT   NOT NULL,
    queue        TEXT   NOT NULL,
    subject      BIGINT,
    state        TEXT   NOT NULL CHECK (state IN ('ready', 'sent', 'running', 'done', 'dead')),
    attempts     INT    NOT NULL,
    available_at BIGINT NOT NULL,
    lease_token  BIGINT,
    lease_until  BIGINT,
    last_error   TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    done_at      BIGINT
);
CREATE INDEX outbox_open ON outbox (queue, state, available_at) WHERE state <> 'done';
CREATE INDEX outbox_lease ON outbox (lease_token) WHERE lease_token IS NOT NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE state = 'done';

-- Periodic work: a slot is asked for once, whoever ticks.
CREATE TABLE schedule_slot (
    name       TEXT   NOT NULL,
    slot       BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (name, slot)
);

-- Answers already given to a request that carried an Idempotency-Key.
CREATE TABLE idempotency (
    account_id   BIGINT NOT NULL,
    idem_key     TEXT   NOT NULL,
    request_hash TEXT   NOT NULL,
    status       INT    NOT NULL,
    body         TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (account_id, idem_key)
);

-- Who did what, chained by hash: a row that is changed or taken away later is noticed.
CREATE TABLE audit (
    id           BIGINT PRIMARY KEY,
    at           BIGINT NOT NULL,
    account_id   BIGINT,
    acted_as     TEXT   NOT NULL,
    verb         TEXT   NOT NULL,
    subject_kind TEXT   NOT NULL,
    subject_id   BIGINT,
    region_code  TEXT   NOT NULL,
    note         TEXT   NOT NULL,
    seq          BIGINT NOT NULL UNIQUE,
    hash         TEXT   NOT NULL
);
CREATE INDEX audit_subject ON audit (subject_kind, subject_id);
CREATE TABLE audit_head (
    id   INT    PRIMARY KEY CHECK (id = 1),
    seq  BIGINT NOT NULL,
    hash TEXT   NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '');

-- Uploaded files, encrypted: certificates of organizations, CVs, letters of entrustment.
CREATE TABLE file (
    id           BIGINT PRIMARY KEY,
    owner_kind   TEXT   NOT NULL CHECK (owner_kind IN ('org', 'person', 'position', 'import')),
    owner_id     BIGINT NOT NULL,
    purpose      TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    media_type   TEXT   NOT NULL,
    size         BIGINT NOT NULL,
    sha256       TEXT   NOT NULL,
    content      BYTEA  NOT NULL,
    created_by   BIGINT,
    created_at   BIGINT NOT NULL
);
CREATE INDEX file_owner ON file (owner_kind, owner_id);
