-- +goose Up

-- How much an organization is seen and how it answers, as of a day: what lifts its posts a little in searches. Counted anew
-- each night, for those with posts on show.
CREATE TABLE exposure (
    org_id       BIGINT PRIMARY KEY REFERENCES org (id),
    day          TEXT NOT NULL,
    openings     INT  NOT NULL,
    applications INT  NOT NULL,
    due          INT  NOT NULL,
    answered     INT  NOT NULL
);
