-- +goose Up

-- What somebody wants to be told about: the query of the search page, in its canonical form. next_at is when the next
-- digest is due. asks counts the deliveries asked for since the last one began: only the first adds a task.
CREATE TABLE saved_search (
    id         BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (id),
    query      TEXT   NOT NULL,
    every      TEXT   NOT NULL CHECK (every IN ('instant', 'daily', 'weekly')),
    by_mail    INT    NOT NULL,
    ended_at   BIGINT,
    expires_at BIGINT NOT NULL,
    next_at    BIGINT,
    asks       INT    NOT NULL,
    created_at BIGINT NOT NULL,
    version    INT    NOT NULL,
    CHECK (every = 'instant' OR next_at IS NOT NULL)
);
CREATE UNIQUE INDEX saved_search_once ON saved_search (account_id, query) WHERE ended_at IS NULL;
CREATE INDEX saved_search_live ON saved_search (id) WHERE ended_at IS NULL;
CREATE INDEX saved_search_due ON saved_search (next_at) WHERE ended_at IS NULL AND every <> 'instant';

-- The ledger: a saved search meets a position once, ever. notice_id is the message that told of it; dropped_at says that
-- nobody was told because the position was closed by then; it may be found again when it is on show again.
CREATE TABLE match (
    saved_search_id BIGINT NOT NULL REFERENCES saved_search (id),
    position_id     BIGINT NOT NULL REFERENCES position (id),
    reason          TEXT   NOT NULL,
    found_at        BIGINT NOT NULL,
    notice_id       BIGINT,
    dropped_at      BIGINT,
    PRIMARY KEY (saved_search_id, position_id)
);
CREATE INDEX match_untold ON match (saved_search_id) WHERE notice_id IS NULL AND dropped_at IS NULL;
CREATE INDEX match_notice ON match (notice_id) WHERE notice_id IS NOT NULL;

-- The inbox: the record of what somebody was told. params fill the texts of kind in the reader's language. cause is the
-- row that the notice tells of: nobody is told of it twice.
CREATE TABLE notice (
    id         BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (id),
    kind       TEXT   NOT NULL,
    subject    BIGINT,
    cause      BIGINT,
    params     TEXT   NOT NULL,
    link       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    read_at    BIGINT
);
CREATE UNIQUE INDEX notice_once ON notice (account_id, kind, cause);
CREATE INDEX notice_account ON notice (account_id, id);
CREATE INDEX notice_unread ON notice (account_id) WHERE read_at IS NULL;

-- Mail: queued → sending → sent | unknown | failed | dropped. message_id is fixed before the first try, so that a repeat
-- is recognised; repeats counts the tries that followed one whose end is not known. No address and no text stand here.
CREATE TABLE delivery (
    id         BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (id),
    notice_id  BIGINT REFERENCES notice (id),
    link_id    BIGINT,
    kind       TEXT   NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'unknown', 'failed', 'dropped')),
    message_id TEXT   NOT NULL UNIQUE,
    attempts   INT    NOT NULL,
    repeats    INT    NOT NULL,
    last_error TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    sending_at BIGINT,
    sent_at    BIGINT
);
CREATE UNIQUE INDEX delivery_notice ON delivery (notice_id);
CREATE UNIQUE INDEX delivery_link ON delivery (link_id);
CREATE INDEX delivery_open ON delivery (state, created_at) WHERE state <> 'sent';
