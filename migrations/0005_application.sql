-- +goose Up

-- What a person says of themselves once, to apply in one page.
CREATE TABLE person (
    id           BIGINT PRIMARY KEY REFERENCES account (id),
    degree       TEXT   NOT NULL,
    school       TEXT   NOT NULL,
    major        TEXT   NOT NULL,
    graduated_on TEXT   NOT NULL,
    skills       TEXT   NOT NULL,
    about        TEXT   NOT NULL,
    want_kinds   TEXT   NOT NULL,
    want_regions TEXT   NOT NULL,
    want_pay     BIGINT NOT NULL,
    cv_id        BIGINT REFERENCES file (id),
    updated_at   BIGINT NOT NULL,
    version      INT    NOT NULL
);

-- What a person agreed to, word for word: append-only.
CREATE TABLE consent (
    id         BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (id),
    purpose    TEXT   NOT NULL,
    receiver   TEXT   NOT NULL,
    org_id     BIGINT REFERENCES org (id),
    fields     TEXT   NOT NULL,
    version    TEXT   NOT NULL,
    at         BIGINT NOT NULL
);
CREATE INDEX consent_account ON consent (account_id);

-- A person for a position. sent is what the person agreed to send, encrypted, as it was then. in_time says whether the
-- answer came by the promised day; it is empty until there is one.
CREATE TABLE application (
    id          BIGINT PRIMARY KEY,
    position_id BIGINT NOT NULL REFERENCES position (id),
    org_id      BIGINT NOT NULL REFERENCES org (id),
    person_id   BIGINT NOT NULL REFERENCES account (id),
    consent_id  BIGINT NOT NULL REFERENCES consent (id),
    state       TEXT   NOT NULL CHECK (state IN ('received', 'viewed', 'interview', 'offer', 'hired', 'declined', 'withdrawn')),
    message     TEXT   NOT NULL,
    sent        BYTEA  NOT NULL,
    cv_id       BIGINT REFERENCES file (id),
    answer_by   TEXT   NOT NULL,
    answered_at BIGINT,
    in_time     INT,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    version     INT    NOT NULL
);
CREATE UNIQUE INDEX application_once ON application (position_id, person_id) WHERE state <> 'withdrawn';
CREATE INDEX application_person ON application (person_id, created_at);
CREATE INDEX application_org ON application (org_id, state, created_at);
CREATE INDEX application_created ON application (created_at);
CREATE INDEX application_unanswered ON application (answer_by) WHERE answered_at IS NULL;

CREATE TABLE application_event (
    id             BIGINT PRIMARY KEY,
    application_id BIGINT NOT NULL REFERENCES application (id),
    at             BIGINT NOT NULL,
    account_id     BIGINT,
    verb           TEXT   NOT NULL,
    from_state     TEXT   NOT NULL,
    to_state       TEXT   NOT NULL,
    reason         TEXT   NOT NULL
);
CREATE INDEX application_event_application ON application_event (application_id, at);
CREATE INDEX application_event_at ON application_event (at, verb);

-- What the organization writes down for itself about an applicant.
CREATE TABLE application_note (
    id             BIGINT PRIMARY KEY,
    application_id BIGINT NOT NULL REFERENCES application (id),
    at             BIGINT NOT NULL,
    account_id     BIGINT NOT NULL REFERENCES account (id),
    text           TEXT   NOT NULL
);
CREATE INDEX application_note_application ON application_note (application_id, at);

-- What came of an application. A claim of the organization until the person confirms or disputes it. employment says
-- whether it may count as employment: an internship or a volunteer role never does.
CREATE TABLE placement (
    id             BIGINT PRIMARY KEY,
    application_id BIGINT NOT NULL UNIQUE REFERENCES application (id),
    position_id    BIGINT NOT NULL REFERENCES position (id),
    org_id         BIGINT NOT NULL REFERENCES org (id),
    person_id      BIGINT NOT NULL REFERENCES account (id),
    kind           TEXT   NOT NULL CHECK (kind IN ('job', 'internship', 'flexible', 'talent', 'volunteer')),
    employment     INT    NOT NULL,
    state          TEXT   NOT NULL CHECK (state IN ('claimed', 'confirmed', 'disputed')),
    start_on       TEXT   NOT NULL,
    claimed_at     BIGINT NOT NULL,
    version        INT    NOT NULL,
    CHECK (employment = 0 OR kind IN ('job', 'flexible'))
);
CREATE INDEX placement_org ON placement (org_id, claimed_at);
CREATE INDEX placement_person ON placement (person_id);
CREATE INDEX placement_claimed ON placement (claimed_at);

-- The ledger: append-only.
CREATE TABLE placement_event (
    id           BIGINT PRIMARY KEY,
    placement_id BIGINT NOT NULL REFERENCES placement (id),
    at           BIGINT NOT NULL,
    account_id   BIGINT,
    verb         TEXT   NOT NULL CHECK (verb IN ('claim', 'confirm', 'dispute', 'settle')),
    note         TEXT   NOT NULL
);
CREATE INDEX placement_event_placement ON placement_event (placement_id, at);
CREATE INDEX placement_event_at ON placement_event (at, verb);
