-- +goose Up

-- What somebody chose about suggestions; whoever has no row gets recommendations and is found by nobody. recommend: whether
-- positions are recommended to them by their profile. found: whether organizations may find them, without their name.
CREATE TABLE suggest_choice (
    account_id BIGINT PRIMARY KEY REFERENCES account (id),
    recommend  INT    NOT NULL CHECK (recommend IN (0, 1)),
    found      INT    NOT NULL CHECK (found IN (0, 1)),
    changed_at BIGINT NOT NULL
);
CREATE INDEX suggest_choice_changed ON suggest_choice (changed_at);
