-- +goose Up

-- Whether somebody is touched who can help himself less, which incident a case belongs to, and by
-- how many hours that and its urgency move it forward among the due times.
ALTER TABLE cases ADD COLUMN vulnerable TEXT;
ALTER TABLE cases ADD COLUMN incident TEXT;
ALTER TABLE cases ADD COLUMN lead INTEGER;
ALTER TABLE cases ADD COLUMN rank_at TEXT;
UPDATE cases SET rank_at = due_at;
CREATE INDEX cases_incident ON cases (region, incident) WHERE incident IS NOT NULL;

-- How often officers take what the computer offers is counted by the time they decided.
CREATE INDEX decisions_judged ON decisions (region, decided_at) WHERE officer_id <> '';
