-- +goose Up

-- The place of a case in the order of work stands in one column, and only while it is
-- open: emergencies a hundred years early, cases without a due time a hundred years late.
UPDATE cases SET rank_at = CASE
    WHEN state NOT IN ('received', 'triage', 'assigned', 'in_progress', 'waiting_citizen', 'reopened') THEN NULL
    WHEN due_at IS NULL THEN '21' || substr(opened_at, 3)
    WHEN urgency = 3 THEN '19' || substr(due_at, 3)
    ELSE rank_at END;
-- These three hold all that the counts beside the lists ask for.
CREATE INDEX cases_queue ON cases (region, rank_at, id, secret, state, unit, officer_id, wakes_at, due_at) WHERE rank_at IS NOT NULL;
CREATE INDEX cases_unit_queue ON cases (region, unit, rank_at, id, secret, state, officer_id, wakes_at, due_at) WHERE rank_at IS NOT NULL;
CREATE INDEX cases_officer_queue ON cases (region, officer_id, rank_at, id, secret, state, unit, wakes_at, due_at) WHERE rank_at IS NOT NULL;
CREATE INDEX cases_opened ON cases (region, opened_at, id);
CREATE INDEX cases_unit_opened ON cases (region, unit, opened_at, id);
CREATE INDEX cases_asleep ON cases (region, wakes_at) WHERE wakes_at IS NOT NULL;
DROP INDEX cases_inbox;
