-- +goose Up

-- An organization asks somebody it found for a position whether it may have their name and contact: once for ever for each
-- position and person. sealed is the contact that was given, encrypted; empty until there is a yes, and after it was taken
-- back.
CREATE TABLE ask (
    id          BIGINT PRIMARY KEY,
    position_id BIGINT NOT NULL REFERENCES position (id),
    org_id      BIGINT NOT NULL REFERENCES org (id),
    person_id   BIGINT NOT NULL REFERENCES account (id),
    state       TEXT   NOT NULL CHECK (state IN ('asked', 'yes', 'no')),
    asked_by    BIGINT NOT NULL REFERENCES account (id),
    created_at  BIGINT NOT NULL,
    answered_at BIGINT,
    consent_id  BIGINT REFERENCES consent (id),
    sealed      BYTEA,
    UNIQUE (position_id, person_id)
);
CREATE INDEX ask_person ON ask (person_id);
CREATE INDEX person_updated ON person (updated_at);
