-- +goose Up

-- What one officer has to do with one case: when he last had it open, whether he follows
-- it, where colleagues named him, and words he has begun and not sent.
CREATE TABLE case_officers (
    region     TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    officer_id TEXT NOT NULL,
    seen_at    TEXT,
    follows    INTEGER NOT NULL,
    named_at   TEXT,
    draft_tab  TEXT NOT NULL,
    draft_ct   BLOB,
    drafted_at TEXT,
    PRIMARY KEY (region, case_id, officer_id)
) STRICT;
CREATE INDEX case_officers_officer ON case_officers (region, officer_id);

-- Until when a case is put off.
ALTER TABLE cases ADD COLUMN wakes_at TEXT;

-- Filters of the inbox that an officer gave a name.
CREATE TABLE inbox_views (
    region     TEXT NOT NULL,
    id         TEXT NOT NULL,
    officer_id TEXT NOT NULL,
    name       TEXT NOT NULL,
    query      TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (region, id)
) STRICT;
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
    changed_at TEXT NOT NULL,
    retired_at TEXT,
    PRIMARY KEY (region, id)
) STRICT;
