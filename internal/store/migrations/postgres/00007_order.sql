-- +goose Up

-- The place of a case in the order of work stands in one column, and only while it is
-- open: emergencies a hundred years early, cases without a due time a hundred years late.
UPDATE cases SET rank_at = CASE
    WHEN state NOT IN ('received', 'triage', 'assigned', 'in_progress', 'waiting_citizen', 'reopened') THEN NULL
    WHEN due_at IS NULL THEN opened_at + interval '100 years'
    WHEN urgency = 3 THEN due_at - interval '100 years'
    ELSE rank_at END;
-- The first two hold all that the counts beside the lists ask for.
CREATE INDEX cases_queue ON cases (region, rank_at, id, secret, state, unit, officer_id, wakes_at, due_at) WHERE rank_at IS NOT NULL;
CREATE INDEX cases_unit_queue ON cases (region, unit, rank_at, id, secret, state, officer_id, wakes_at) WHERE rank_at IS NOT NULL;
CREATE INDEX cases_officer_queue ON cases (region, officer_id, rank_at, id) WHERE rank_at IS NOT NULL;
CREATE INDEX cases_opened ON cases (region, opened_at, id);
CREATE INDEX cases_unit_opened ON cases (region, unit, opened_at, id);
CREATE INDEX cases_asleep ON cases (region, wakes_at) WHERE wakes_at IS NOT NULL;
DROP INDEX cases_inbox;
DROP INDEX cases_due;
-- With the order in the index too, nobody is tempted to walk all cases by time for one citizen or event.
DROP INDEX cases_citizen;
CREATE INDEX cases_citizen ON cases (region, citizen_id, opened_at, id);
DROP INDEX cases_incident;
CREATE INDEX cases_incident ON cases (region, incident, opened_at, id) WHERE incident IS NOT NULL;
