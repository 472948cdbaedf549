-- +goose Up

-- The hash of the key with which a program may bring figures into a series.
ALTER TABLE outside_series ADD COLUMN key_hash TEXT;
