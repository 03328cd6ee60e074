-- +goose Up

-- When the next message may go out by a channel, or to one provider of it: "mail", "mail:qq.com". Only where the operator
-- has set a rate.
CREATE TABLE pace (
    name    TEXT   PRIMARY KEY,
    next_at BIGINT NOT NULL
);

-- turn_at: the moment that was booked for a delivery; NULL when it has none.
ALTER TABLE delivery ADD COLUMN turn_at BIGINT;
