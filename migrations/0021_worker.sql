-- +goose Up

-- Who works at present, and into how many parts they divide, so that the parts are dealt out among them. See
-- outbox.RollCall.
CREATE TABLE worker (
    id      BIGINT PRIMARY KEY,
    parts   INTEGER NOT NULL,
    seen_at BIGINT  NOT NULL
);
