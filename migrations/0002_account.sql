-- +goose Up

CREATE TABLE account (
    id            BIGINT PRIMARY KEY,
    name          TEXT   NOT NULL,
    lang          TEXT   NOT NULL,
    password_hash TEXT   NOT NULL,
    disabled_at   BIGINT,
    created_at    BIGINT NOT NULL,
    version       INT    NOT NULL
);

-- What an account signs in with, and is written to at. The value is encrypted; lookup is its keyed hash.
CREATE TABLE login (
    account_id BIGINT NOT NULL REFERENCES account (id),
    kind       TEXT   NOT NULL CHECK (kind IN ('email', 'mobile')),
    sealed     BYTEA  NOT NULL,
    lookup     TEXT   NOT NULL UNIQUE,
    PRIMARY KEY (account_id, kind)
);

-- idle_ms: how long a session may rest; expires_at: when it ends in any case.
CREATE TABLE session (
    id         BIGINT PRIMARY KEY,
    token_hash TEXT   NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES account (id),
    agent      TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    idle_ms    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_account ON session (account_id);

CREATE TABLE api_token (
    id         BIGINT PRIMARY KEY,
    token_hash TEXT   NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES account (id),
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX api_token_account ON api_token (account_id);

-- Who works for the bureau of which region.
CREATE TABLE staff (
    account_id  BIGINT PRIMARY KEY REFERENCES account (id),
    region_code TEXT   NOT NULL,
    role        TEXT   NOT NULL CHECK (role IN ('reviewer', 'supervisor', 'administrator')),
    created_at  BIGINT NOT NULL
);
CREATE INDEX staff_region ON staff (region_code);

-- Links that work once: the first administrator, a forgotten password. The token of a mailed link is made when the mail
-- is written, so token_hash is empty until then.
CREATE TABLE one_time_link (
    id         BIGINT PRIMARY KEY,
    token_hash TEXT   UNIQUE,
    purpose    TEXT   NOT NULL CHECK (purpose IN ('setup', 'password')),
    account_id BIGINT REFERENCES account (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
