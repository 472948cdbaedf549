-- +goose Up

-- How many officers of a unit work on cases, as its head says; 0 where nobody has said.
ALTER TABLE workloads ADD COLUMN officers DOUBLE PRECISION NOT NULL DEFAULT 0;
