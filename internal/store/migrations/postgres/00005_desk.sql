-- +goose Up

-- What one officer has to do with one case: when he last had it open, whether he follows
-- it, where colleagues named him, and words he has begun and not sent.
CREATE TABLE case_officers (
    region     TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    officer_id TEXT NOT NULL,
    seen_at    TIMESTAMPTZ,
    follows    BOOLEAN NOT NULL,
    named_at   TIMESTAMPTZ,
    draft_tab  TEXT NOT NULL,
    draft_ct   BYTEA,
    drafted_at TIMESTAMPTZ,
    PRIMARY KEY (region, case_id, officer_id)
);
CREATE INDEX case_officers_officer ON case_officers (region, officer_id);

-- Until when a case is put off.
ALTER TABLE cases ADD COLUMN wakes_at TIMESTAMPTZ;

-- Filters of the inbox that an officer gave a name.
CREATE TABLE inbox_views (
    region     TEXT NOT NULL,
    id         TEXT NOT NULL,
    officer_id TEXT NOT NULL,
    name       TEXT NOT NULL,
    query      TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, id)
);
CREATE INDEX inbox_views_officer ON inbox_views (region, officer_id);

-- Replies that officers keep ready, of one unit or, without one, of the region.
CREATE TABLE saved_replies (
    region     TEXT NOT NULL,
    id         TEXT NOT NULL,
    unit       TEXT NOT NULL,
    name       TEXT NOT NULL,
    body       TEXT NOT NULL,
    next_state TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    retired_at TIMESTAMPTZ,
    PRIMARY KEY (region, id)
);
