-- +goose Up

-- What citizens think of how their cases were handled: scores by element of the survey of
-- PermenPANRB 14/2017, once for a case.
CREATE TABLE surveys (
    region     TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    citizen_id TEXT NOT NULL,
    unit       TEXT NOT NULL,
    service    TEXT NOT NULL,
    scores     TEXT NOT NULL,
    comment_ct BLOB,
    created_at TEXT NOT NULL,
    PRIMARY KEY (region, case_id)
) STRICT;
CREATE INDEX surveys_unit ON surveys (region, unit, created_at);
