-- +goose Up

-- Versions of the lexicon: what the bureau that runs the program has added to the words that come with it, or switched
-- off. A row for each change, from 1 on; restores names the version that a change brought back.
CREATE TABLE lexicon_version (
    version    BIGINT PRIMARY KEY CHECK (version > 0),
    account_id BIGINT NOT NULL REFERENCES account (id),
    made_at    BIGINT NOT NULL,
    restores   BIGINT CHECK (restores >= 0 AND restores < version)
);

-- An entry holds from version added_in on, and before version removed_in; NULL while it holds. off: a line that comes
-- with the program counts no more.
CREATE TABLE lexicon_entry (
    id         BIGINT PRIMARY KEY,
    kind       TEXT   NOT NULL CHECK (kind IN ('words', 'synonyms', 'phrases', 'fillers')),
    text       TEXT   NOT NULL CHECK (text <> ''),
    off        INT    NOT NULL CHECK (off IN (0, 1)),
    added_in   BIGINT NOT NULL REFERENCES lexicon_version (version),
    removed_in BIGINT REFERENCES lexicon_version (version) CHECK (removed_in > added_in)
);
CREATE UNIQUE INDEX lexicon_entry_live ON lexicon_entry (kind, text) WHERE removed_in IS NULL;

-- What people looked for, by day: how many asked, and how many of these in vain or with a weak result. No person, no hour
-- and no address is in it.
CREATE TABLE lexicon_asked (
    text    TEXT NOT NULL,
    day     TEXT NOT NULL,
    asked   INT  NOT NULL,
    in_vain INT  NOT NULL,
    weak    INT  NOT NULL,
    PRIMARY KEY (text, day)
);
CREATE INDEX lexicon_asked_day ON lexicon_asked (day);

-- What was looked for with success soon after something was looked for in vain, and by how many.
CREATE TABLE lexicon_retried (
    text    TEXT NOT NULL,
    instead TEXT NOT NULL,
    day     TEXT NOT NULL,
    times   INT  NOT NULL,
    PRIMARY KEY (text, instead, day)
);
CREATE INDEX lexicon_retried_day ON lexicon_retried (day);

-- Proposals that a person has turned down: they are not made again.
CREATE TABLE lexicon_refused (
    text       TEXT   NOT NULL,
    instead    TEXT   NOT NULL,
    account_id BIGINT NOT NULL REFERENCES account (id),
    refused_at BIGINT NOT NULL,
    PRIMARY KEY (text, instead)
);
