-- +goose Up

-- Somebody who has no account and is told by mail: an account row of its own kind, with no login and no password, so that
-- nobody can sign in with it, and with its address here. lookup is its keyed hash.
ALTER TABLE account ADD COLUMN mail_only INT NOT NULL DEFAULT 0;
CREATE TABLE mailbox (
    account_id BIGINT PRIMARY KEY REFERENCES account (id),
    sealed     BYTEA  NOT NULL,
    lookup     TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

-- A search that somebody wants to be told of at an address which is theirs only once they have opened its mail. Nothing
-- is found for it before: it is no saved search yet.
CREATE TABLE search_request (
    id              BIGINT PRIMARY KEY,
    account_id      BIGINT NOT NULL REFERENCES account (id),
    query           TEXT   NOT NULL,
    every           TEXT   NOT NULL CHECK (every IN ('instant', 'daily', 'weekly')),
    created_at      BIGINT NOT NULL,
    confirmed_at    BIGINT,
    saved_search_id BIGINT REFERENCES saved_search (id)
);
CREATE INDEX search_request_account ON search_request (account_id);

-- When the owner was told that a search runs out.
ALTER TABLE saved_search ADD COLUMN reminded_at BIGINT;
