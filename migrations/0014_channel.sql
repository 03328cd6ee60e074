-- +goose Up

-- How a delivery goes out: by mail, or to the operator's gateway for SMS or WeChat.
ALTER TABLE delivery ADD COLUMN channel TEXT NOT NULL DEFAULT 'mail' CHECK (channel IN ('mail', 'webhook'));
