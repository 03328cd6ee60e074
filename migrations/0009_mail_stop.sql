-- +goose Up

-- Weekly mails that somebody wants no more; their inbox goes on.
CREATE TABLE mail_stop (
    account_id BIGINT NOT NULL REFERENCES account (id),
    kind       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, kind)
);
