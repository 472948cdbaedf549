-- +goose Up

-- What counts about a case, by its rounds: the first, and one more for each time that its
-- citizen opened it again. Everything here and in the two tables after it is computed from
-- the events and can be computed anew.
CREATE TABLE case_rounds (
    region             TEXT NOT NULL,
    case_id            TEXT NOT NULL,
    round              INTEGER NOT NULL,
    unit               TEXT NOT NULL,
    service            TEXT NOT NULL,
    area               TEXT NOT NULL,
    channel            TEXT NOT NULL,
    language           TEXT NOT NULL,
    secret             INTEGER NOT NULL,
    opened_day         TEXT NOT NULL,
    started_day        TEXT NOT NULL,
    responded_day      TEXT,
    response_minutes   INTEGER NOT NULL,
    ended_day          TEXT,
    outcome            TEXT NOT NULL,
    resolution_minutes INTEGER NOT NULL,
    due_at             TEXT,
    on_time            INTEGER NOT NULL,
    late_day           TEXT,
    confirmed_day      TEXT,
    moved_day          TEXT,
    judged             TEXT NOT NULL,
    PRIMARY KEY (region, case_id, round)
) STRICT;
CREATE INDEX case_rounds_due ON case_rounds (region, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX case_rounds_open ON case_rounds (region, unit, opened_day, secret, late_day) WHERE ended_day IS NULL;
CREATE INDEX case_rounds_responded ON case_rounds (region, responded_day, unit, case_id) WHERE responded_day IS NOT NULL;
CREATE INDEX case_rounds_ended ON case_rounds (region, ended_day, unit, case_id) WHERE ended_day IS NOT NULL;
CREATE INDEX case_rounds_late ON case_rounds (region, late_day, unit, case_id) WHERE late_day IS NOT NULL;
CREATE INDEX case_rounds_again ON case_rounds (region, started_day, unit, case_id) WHERE round > 0;

-- From which unit to which other one a case was sent because it lay in the wrong one.
CREATE TABLE case_moves (
    region    TEXT NOT NULL,
    case_id   TEXT NOT NULL,
    n         INTEGER NOT NULL,
    day       TEXT NOT NULL,
    from_unit TEXT NOT NULL,
    to_unit   TEXT NOT NULL,
    secret    INTEGER NOT NULL,
    PRIMARY KEY (region, case_id, n)
) STRICT;
CREATE INDEX case_moves_day ON case_moves (region, day);

-- The sums of all that by local day: of the region (unit '') and of each unit, whole
-- (dim '') and by service, area, channel, language, and kind of suggestion. The
-- histograms hold working minutes.
CREATE TABLE figures (
    region          TEXT NOT NULL,
    unit            TEXT NOT NULL,
    dim             TEXT NOT NULL,
    day             TEXT NOT NULL,
    name            TEXT NOT NULL,
    secret          INTEGER NOT NULL,
    opened          INTEGER NOT NULL,
    responded       INTEGER NOT NULL,
    resolved        INTEGER NOT NULL,
    on_time         INTEGER NOT NULL,
    late            INTEGER NOT NULL,
    reopened        INTEGER NOT NULL,
    confirmed       INTEGER NOT NULL,
    misrouted       INTEGER NOT NULL,
    external        INTEGER NOT NULL,
    rejected        INTEGER NOT NULL,
    merged          INTEGER NOT NULL,
    accepted        INTEGER NOT NULL,
    changed         INTEGER NOT NULL,
    response_sum    INTEGER NOT NULL,
    resolution_sum  INTEGER NOT NULL,
    response_hist   BLOB,
    resolution_hist BLOB,
    PRIMARY KEY (region, unit, dim, day, name, secret)
) STRICT;

-- Up to which event, and which moment, the figures are right.
CREATE TABLE figure_heads (
    region   TEXT NOT NULL,
    layout   INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    as_of_at TEXT NOT NULL,
    built    INTEGER NOT NULL,
    built_to TEXT,
    PRIMARY KEY (region)
) STRICT;

-- Answers of citizens are added up by the day on which they came.
CREATE INDEX surveys_created ON surveys (region, created_at);
