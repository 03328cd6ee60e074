-- +goose Up

-- Spreadsheets of positions on their way in. done is the number of the last row of the sheet that has been dealt with: an
-- import that was interrupted goes on behind it. counts and mapping are JSON; see package intake. errors_id is the sheet
-- of rows that were not taken.
CREATE TABLE intake (
    id         BIGINT PRIMARY KEY,
    org_id     BIGINT NOT NULL REFERENCES org (id),
    name       TEXT   NOT NULL,
    lang       TEXT   NOT NULL,
    file_id    BIGINT REFERENCES file (id),
    errors_id  BIGINT REFERENCES file (id),
    mapping    TEXT   NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('uploaded', 'running', 'done', 'failed')),
    problem    TEXT   NOT NULL,
    total      INT    NOT NULL,
    done       INT    NOT NULL,
    counts     TEXT   NOT NULL,
    created_by BIGINT NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at   BIGINT,
    version    INT    NOT NULL
);
CREATE INDEX intake_org ON intake (org_id, id);
CREATE INDEX intake_created ON intake (created_at) WHERE file_id IS NOT NULL;
-- One sheet of an organization at a time: two at once would make the same posts twice.
CREATE UNIQUE INDEX intake_running ON intake (org_id) WHERE state = 'running';
