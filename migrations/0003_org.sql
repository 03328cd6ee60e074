-- +goose Up

-- Social organizations. A filed community organization has no code and lives under a host; it may offer volunteer roles only.
CREATE TABLE org (
    id              BIGINT PRIMARY KEY,
    name            TEXT   NOT NULL,
    code            TEXT,
    kind            TEXT   NOT NULL CHECK (kind IN ('association', 'service', 'foundation', 'filed')),
    host_id         BIGINT REFERENCES org (id),
    region_code     TEXT   NOT NULL,
    address         TEXT   NOT NULL,
    intro           TEXT   NOT NULL,
    contact_name    TEXT   NOT NULL,
    contact_phone   TEXT   NOT NULL,
    flags           TEXT   NOT NULL,
    state           TEXT   NOT NULL CHECK (state IN ('pending', 'approved', 'returned', 'suspended')),
    review_note     TEXT   NOT NULL,
    override_reason TEXT   NOT NULL,
    submitted_at    BIGINT NOT NULL,
    verified_at     BIGINT,
    verify_due      TEXT   NOT NULL,
    rating          INT    NOT NULL CHECK (rating BETWEEN 0 AND 5),
    rating_until    TEXT   NOT NULL,
    created_by      BIGINT NOT NULL REFERENCES account (id),
    created_at      BIGINT NOT NULL,
    version         INT    NOT NULL,
    CHECK (kind = 'filed' OR code IS NOT NULL),
    CHECK (kind <> 'filed' OR host_id IS NOT NULL)
);
-- A code that was returned by its bureau is free again: nobody keeps an organization out by registering its code first.
CREATE UNIQUE INDEX org_code ON org (code) WHERE state <> 'returned';
-- Nor are there two filed ones of the same name under one host.
CREATE UNIQUE INDEX org_filed ON org (host_id, name) WHERE kind = 'filed' AND state <> 'returned';
CREATE INDEX org_region ON org (region_code, state);
CREATE INDEX org_queue ON org (submitted_at) WHERE state = 'pending';

CREATE TABLE org_member (
    org_id     BIGINT NOT NULL REFERENCES org (id),
    account_id BIGINT NOT NULL REFERENCES account (id),
    role       TEXT   NOT NULL CHECK (role IN ('viewer', 'editor', 'owner')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, account_id)
);
CREATE INDEX org_member_account ON org_member (account_id);

CREATE TABLE org_event (
    id         BIGINT PRIMARY KEY,
    org_id     BIGINT NOT NULL REFERENCES org (id),
    at         BIGINT NOT NULL,
    account_id BIGINT,
    verb       TEXT   NOT NULL,
    from_state TEXT   NOT NULL,
    to_state   TEXT   NOT NULL,
    note       TEXT   NOT NULL
);
CREATE INDEX org_event_org ON org_event (org_id, at);
