-- +goose Up

-- What an officer does with a case when he sends a saved reply, beside sending it.
ALTER TABLE saved_replies ADD COLUMN take INTEGER;
ALTER TABLE saved_replies ADD COLUMN urgency INTEGER;
ALTER TABLE saved_replies ADD COLUMN snooze_days INTEGER;
ALTER TABLE saved_replies ADD COLUMN note TEXT;
