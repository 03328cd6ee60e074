-- +goose Up

-- How somebody wants to be told of what their saved searches find; whoever has no row is told as everybody is at first.
-- Hours are those of China's clocks. From quiet_from to quiet_to nothing is told at once; where both are the same there
-- are no quiet hours. paused_at: since when nothing is told at all; resumes_on: the day on which it begins again, '' when
-- only the person ends the pause.
CREATE TABLE telling (
    account_id  BIGINT PRIMARY KEY REFERENCES account (id),
    digest_hour INT    NOT NULL CHECK (digest_hour BETWEEN 0 AND 23),
    quiet_from  INT    NOT NULL CHECK (quiet_from BETWEEN 0 AND 23),
    quiet_to    INT    NOT NULL CHECK (quiet_to BETWEEN 0 AND 23),
    paused_at   BIGINT,
    resumes_on  TEXT   NOT NULL
);

-- Organizations of which somebody wants to hear no more.
CREATE TABLE org_block (
    account_id BIGINT NOT NULL REFERENCES account (id),
    org_id     BIGINT NOT NULL REFERENCES org (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, org_id)
);

-- The same pause for a single search. held_until: what it found waits until then for a good reason, which is no delay;
-- over_share: because there were messages enough that day. told_at and told_n: when its last message was, and which one
-- of its day.
ALTER TABLE saved_search ADD COLUMN paused_at BIGINT;
ALTER TABLE saved_search ADD COLUMN resumes_on TEXT NOT NULL DEFAULT '';
ALTER TABLE saved_search ADD COLUMN held_until BIGINT;
ALTER TABLE saved_search ADD COLUMN over_share INT NOT NULL DEFAULT 0;
ALTER TABLE saved_search ADD COLUMN told_at BIGINT;
ALTER TABLE saved_search ADD COLUMN told_n INT NOT NULL DEFAULT 0;
CREATE INDEX saved_search_account ON saved_search (account_id);
