-- +goose Up

-- What a unit is asked about a figure belongs to no case.
ALTER TABLE tasks ADD COLUMN unit TEXT;
ALTER TABLE tasks ADD COLUMN about TEXT;
ALTER TABLE tasks ADD COLUMN page TEXT;
