-- +goose Up

-- A row for each change of what everybody sees: an edition is known by how many there are and which is the newest. Rows
-- are added, never changed, so that no writer waits for another.
CREATE TABLE edition (
    id BIGINT PRIMARY KEY
);
