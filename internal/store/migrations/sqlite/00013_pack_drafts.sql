-- +goose Up

-- A region's pack as it is being edited, before it is put in force: one for a region.
CREATE TABLE pack_drafts (
    region       TEXT NOT NULL,
    base         INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    archive      BLOB NOT NULL,
    changed_by   TEXT NOT NULL,
    changed_at   TEXT NOT NULL,
    effective_at TEXT,
    note         TEXT NOT NULL,
    PRIMARY KEY (region)
) STRICT;
