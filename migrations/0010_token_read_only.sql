-- +goose Up

-- Programs that only read, such as a display in a lobby, get a token that changes nothing.
ALTER TABLE api_token ADD COLUMN read_only INT NOT NULL DEFAULT 0;
