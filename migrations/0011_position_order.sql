-- +goose Up

-- Lists of posts on show are ordered by an instant and then by the id: many posts share an instant, because imports put
-- them on show together. With the id in the index nothing is left to sort, however many there are.
DROP INDEX position_open;
CREATE INDEX position_open ON position (published_at, id) WHERE state = 'published';
DROP INDEX position_due;
CREATE INDEX position_due ON position (valid_until, id) WHERE state = 'published';

-- The posts of one organization, in their order, and counted without a look at each.
CREATE INDEX position_shown ON position (org_id, published_at, id, valid_until, headcount) WHERE state = 'published';
