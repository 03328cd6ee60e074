-- +goose Up

-- Weekly reports as they were made: never changed. hash is SHA-256 over body.
CREATE TABLE report (
    id       BIGINT PRIMARY KEY,
    kind     TEXT   NOT NULL CHECK (kind IN ('bureau', 'org', 'person')),
    scope    TEXT   NOT NULL,
    week     TEXT   NOT NULL,
    made_at  BIGINT NOT NULL,
    body     TEXT   NOT NULL,
    hash     TEXT   NOT NULL,
    UNIQUE (kind, scope, week)
);

-- A rebuild of the search index that is under way: writers write to both indexes.
CREATE TABLE search_build (
    id         INT    PRIMARY KEY CHECK (id = 1),
    name       TEXT   NOT NULL,
    token      BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    alive_at   BIGINT NOT NULL
);
