-- +goose Up

-- Photos that show what was done about a case, or why there is none. What is odd about
-- one stands in flags, as words of the program; times, places and reasons are sealed.
CREATE TABLE evidence (
    region        TEXT NOT NULL,
    id            TEXT NOT NULL,
    case_id       TEXT NOT NULL,
    citizen_id    TEXT NOT NULL,
    message_id    TEXT NOT NULL,
    attachment_id TEXT,
    moment        TEXT NOT NULL,
    officer_id    TEXT NOT NULL,
    reopens       INTEGER NOT NULL,
    shown         INTEGER NOT NULL,
    flags         TEXT NOT NULL,
    like_id       TEXT,
    reason_ct     BLOB,
    facts_ct      BLOB,
    looked_by     TEXT,
    looked_at     TEXT,
    created_at    TEXT NOT NULL,
    PRIMARY KEY (region, id)
) STRICT;
CREATE INDEX evidence_case ON evidence (region, case_id);
CREATE INDEX evidence_unseen ON evidence (region, created_at) WHERE looked_at IS NULL AND flags <> '';

-- By which a photo is found that looks like another one: keyed hashes of parts of what
-- it looks like. The whole stands sealed beside the attachment.
CREATE TABLE looks (
    region        TEXT NOT NULL,
    mark          TEXT NOT NULL,
    attachment_id TEXT NOT NULL,
    case_id       TEXT NOT NULL,
    PRIMARY KEY (region, mark, attachment_id)
) STRICT;
CREATE INDEX looks_case ON looks (region, case_id);
ALTER TABLE attachments ADD COLUMN look_ct BLOB;

-- A result that waits until a second person has looked at it.
CREATE TABLE checks (
    region     TEXT NOT NULL,
    id         TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    citizen_id TEXT NOT NULL,
    asked_by   TEXT NOT NULL,
    words_ct   BLOB,
    whole      INTEGER NOT NULL,
    outcome    TEXT NOT NULL,
    checked_by TEXT,
    checked_at TEXT,
    created_at TEXT NOT NULL,
    PRIMARY KEY (region, id)
) STRICT;
CREATE INDEX checks_case ON checks (region, case_id);
ALTER TABLE cases ADD COLUMN checking_at TEXT;
CREATE INDEX cases_checking ON cases (region, checking_at) WHERE checking_at IS NOT NULL;

-- What a telephone has sent from the field, by the key it gave: sent again, it is the
-- same thing.
CREATE TABLE field_acts (
    region     TEXT NOT NULL,
    officer_id TEXT NOT NULL,
    key        TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (region, officer_id, key)
) STRICT;
