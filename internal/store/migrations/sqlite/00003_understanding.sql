-- +goose Up

-- What the region has learned from its own confirmed cases. One version is active; the
-- program's own model, learned from the pack alone, stands in where none is.
CREATE TABLE models (
    region      TEXT NOT NULL,
    version     TEXT NOT NULL,
    state       TEXT NOT NULL,
    pack_hash   TEXT NOT NULL,
    learned     INTEGER NOT NULL,
    newest_at   TEXT,
    report      TEXT NOT NULL,
    weights     BLOB NOT NULL,
    trained_by  TEXT NOT NULL,
    trained_at  TEXT NOT NULL,
    changed_by  TEXT NOT NULL,
    changed_why TEXT NOT NULL,
    changed_at  TEXT NOT NULL,
    PRIMARY KEY (region, version)
) STRICT;
CREATE UNIQUE INDEX models_active ON models (region) WHERE state = 'active';
CREATE INDEX models_trained ON models (region, trained_at);

-- What officers confirmed is learned from in the order of its time.
CREATE INDEX decisions_confirmed ON decisions (region, decided_at) WHERE kind = 'service' AND officer_id <> '';
