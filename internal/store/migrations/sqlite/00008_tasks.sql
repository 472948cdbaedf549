-- +goose Up

-- What somebody is asked to do about a case: by a leader of the unit that has it, or by
-- an officer of hands outside, who need no account. Words are sealed like the case's.
CREATE TABLE tasks (
    region      TEXT NOT NULL,
    id          TEXT NOT NULL,
    case_id     TEXT NOT NULL,
    citizen_id  TEXT NOT NULL,
    kind        TEXT NOT NULL,
    made_by     TEXT NOT NULL,
    outside     TEXT NOT NULL,
    words_ct    BLOB,
    answer_ct   BLOB,
    answered_by TEXT NOT NULL,
    token_hash  TEXT,
    due_at      TEXT NOT NULL,
    accepted_at TEXT,
    done_at     TEXT,
    cancelled_at TEXT,
    created_at  TEXT NOT NULL,
    PRIMARY KEY (region, id)
) STRICT;
CREATE INDEX tasks_case ON tasks (region, case_id);
CREATE INDEX tasks_open ON tasks (region, due_at) WHERE done_at IS NULL;
CREATE UNIQUE INDEX tasks_token ON tasks (region, token_hash);
