-- +goose Up

-- Who works at present, so that work which is divided into parts is shared among them. See outbox.RollCall.
CREATE TABLE worker (
    id      BIGINT PRIMARY KEY,
    seen_at BIGINT NOT NULL
);
