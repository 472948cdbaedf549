-- +goose Up

-- All that the count beside an officer's own cases asks for, as in the two queues beside it.
DROP INDEX cases_officer_queue;
CREATE INDEX cases_officer_queue ON cases (region, officer_id, rank_at, id, secret, state, unit, wakes_at, due_at) WHERE rank_at IS NOT NULL;
-- Lists that walk all cases pass over secret ones without reading them.
DROP INDEX cases_opened;
CREATE INDEX cases_opened ON cases (region, opened_at, id, secret);
