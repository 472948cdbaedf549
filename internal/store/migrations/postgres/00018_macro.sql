-- +goose Up

-- What an officer does with a case when he sends a saved reply, beside sending it.
ALTER TABLE saved_replies ADD COLUMN take BOOLEAN;
ALTER TABLE saved_replies ADD COLUMN urgency BIGINT;
ALTER TABLE saved_replies ADD COLUMN snooze_days BIGINT;
ALTER TABLE saved_replies ADD COLUMN note TEXT;
