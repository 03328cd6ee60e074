-- +goose Up

-- Positions: posts of five kinds. The ten particulars that a post must state are columns.
-- Money is in fen; pay_month_* is the pay normalised to a month for search and sorting; allowance is what a volunteer
-- gets back for fares and meals, per turn. filled counts places that are
-- taken: hires, or sign-ups of volunteers.
CREATE TABLE position (
    id                BIGINT PRIMARY KEY,
    org_id            BIGINT NOT NULL REFERENCES org (id),
    kind              TEXT   NOT NULL CHECK (kind IN ('job', 'internship', 'flexible', 'talent', 'volunteer')),
    title             TEXT   NOT NULL,
    employer          TEXT   NOT NULL,
    employer_code     TEXT   NOT NULL,
    employer_profile  TEXT   NOT NULL,
    entrustment_id    BIGINT REFERENCES file (id),
    headcount         INT    NOT NULL CHECK (headcount >= 0),
    filled            INT    NOT NULL,
    duties            TEXT   NOT NULL,
    requirements      TEXT   NOT NULL,
    employment        TEXT   NOT NULL,
    conditions        TEXT   NOT NULL,
    region_code       TEXT   NOT NULL,
    address           TEXT   NOT NULL,
    pay_min           BIGINT NOT NULL CHECK (pay_min >= 0),
    pay_max           BIGINT NOT NULL CHECK (pay_max >= pay_min),
    pay_unit          TEXT   NOT NULL CHECK (pay_unit IN ('', 'month', 'day', 'hour', 'year', 'time')),
    pay_months        INT    NOT NULL,
    pay_negotiable    INT    NOT NULL,
    pay_month_min     BIGINT NOT NULL,
    pay_month_max     BIGINT NOT NULL,
    allowance         BIGINT NOT NULL CHECK (allowance >= 0),
    valid_until       TEXT   NOT NULL,
    source            TEXT   NOT NULL,
    source_note       TEXT   NOT NULL,
    degree            TEXT   NOT NULL,
    majors            TEXT   NOT NULL,
    skills            TEXT   NOT NULL,
    answer_days       INT    NOT NULL,
    talent_form       TEXT   NOT NULL,
    internship_months INT    NOT NULL,
    service_time      TEXT   NOT NULL,
    risk_statement    TEXT   NOT NULL,
    dangerous         INT    NOT NULL,
    insurance_no      TEXT   NOT NULL,
    state             TEXT   NOT NULL CHECK (state IN ('draft', 'submitted', 'returned', 'published', 'closed', 'expired', 'withdrawn')),
    review_note       TEXT   NOT NULL,
    review_fields     TEXT   NOT NULL,
    close_outcome     TEXT   NOT NULL,
    submitted_at      BIGINT,
    published_at      BIGINT,
    closed_at         BIGINT,
    import_key        TEXT,
    created_by        BIGINT,
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    version           INT    NOT NULL,
    CHECK (filled BETWEEN 0 AND headcount),
    CHECK (kind <> 'volunteer' OR pay_max = 0)
);
CREATE UNIQUE INDEX position_import ON position (org_id, import_key);
CREATE INDEX position_org ON position (org_id, state);
CREATE INDEX position_open ON position (published_at) WHERE state = 'published';
CREATE INDEX position_due ON position (valid_until) WHERE state = 'published';
CREATE INDEX position_queue ON position (submitted_at) WHERE state = 'submitted';
CREATE INDEX position_updated ON position (updated_at);

CREATE TABLE position_event (
    id          BIGINT PRIMARY KEY,
    position_id BIGINT NOT NULL REFERENCES position (id),
    at          BIGINT NOT NULL,
    account_id  BIGINT,
    verb        TEXT   NOT NULL,
    from_state  TEXT   NOT NULL,
    to_state    TEXT   NOT NULL,
    note        TEXT   NOT NULL
);
CREATE INDEX position_event_position ON position_event (position_id, at);
CREATE INDEX position_event_at ON position_event (at, verb);

-- What a post said when it was last on show, while an edit of it waits for review: the reviewer looks at what is new.
CREATE TABLE position_before (
    position_id    BIGINT PRIMARY KEY REFERENCES position (id),
    content        TEXT   NOT NULL,
    entrustment_id BIGINT REFERENCES file (id)
);

-- How often a position was looked at, per day: a tally of the access log, no person in it.
CREATE TABLE position_view (
    position_id BIGINT NOT NULL REFERENCES position (id),
    day         TEXT   NOT NULL,
    views       BIGINT NOT NULL,
    PRIMARY KEY (position_id, day)
);
CREATE INDEX position_view_day ON position_view (day);
