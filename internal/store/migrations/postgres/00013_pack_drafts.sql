-- +goose Up

-- A region's pack as it is being edited, before it is put in force: one for a region.
CREATE TABLE pack_drafts (
    region       TEXT NOT NULL,
    base         BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    archive      BYTEA NOT NULL,
    changed_by   TEXT NOT NULL,
    changed_at   TIMESTAMPTZ NOT NULL,
    effective_at TIMESTAMPTZ,
    note         TEXT NOT NULL,
    PRIMARY KEY (region)
);
