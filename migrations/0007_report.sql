-- +goose Up

-- Weekly reports as they were made: never changed. hash is SHA-256 over body; definitions names the wording of the figures
-- in it; told_at says that those whom the report is for have been told.
CREATE TABLE report (
    id          BIGINT PRIMARY KEY,
    kind        TEXT   NOT NULL CHECK (kind IN ('bureau', 'org', 'person')),
    week        TEXT   NOT NULL,
    scope       TEXT   NOT NULL,
    definitions INT    NOT NULL,
    made_at     BIGINT NOT NULL,
    body        TEXT   NOT NULL,
    hash        TEXT   NOT NULL,
    told_at     BIGINT,
    UNIQUE (kind, week, scope)
);

-- Weeks whose books are closed, and what a post then said of itself that its history does not keep: an organization may
-- change headcount and last day of a post on show without a review. A row only where it differs from the row before.
CREATE TABLE report_week (
    week      TEXT   PRIMARY KEY,
    closed_at BIGINT NOT NULL
);
CREATE TABLE report_post (
    position_id BIGINT NOT NULL REFERENCES position (id),
    week        TEXT   NOT NULL,
    headcount   INT    NOT NULL,
    valid_until TEXT   NOT NULL,
    PRIMARY KEY (position_id, week)
);

-- A rebuild of the search index that is under way: writers write to both indexes.
CREATE TABLE search_build (
    id         INT    PRIMARY KEY CHECK (id = 1),
    name       TEXT   NOT NULL,
    token      BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    alive_at   BIGINT NOT NULL
);
