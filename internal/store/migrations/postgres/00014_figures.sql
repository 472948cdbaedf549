-- +goose Up

-- What counts about a case, by its rounds: the first, and one more for each time that its
-- citizen opened it again. Everything here and in the two tables after it is computed from
-- the events and can be computed anew.
CREATE TABLE case_rounds (
    region             TEXT NOT NULL,
    case_id            TEXT NOT NULL,
    round              BIGINT NOT NULL,
    unit               TEXT NOT NULL,
    service            TEXT NOT NULL,
    area               TEXT NOT NULL,
    channel            TEXT NOT NULL,
    language           TEXT NOT NULL,
    secret             BOOLEAN NOT NULL,
    opened_day         TEXT NOT NULL,
    started_day        TEXT NOT NULL,
    responded_day      TEXT,
    response_minutes   BIGINT NOT NULL,
    ended_day          TEXT,
    outcome            TEXT NOT NULL,
    resolution_minutes BIGINT NOT NULL,
    due_at             TIMESTAMPTZ,
    on_time            BOOLEAN NOT NULL,
    late_day           TEXT,
    confirmed_day      TEXT,
    moved_day          TEXT,
    judged             TEXT NOT NULL,
    PRIMARY KEY (region, case_id, round)
);
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
    n         BIGINT NOT NULL,
    day       TEXT NOT NULL,
    from_unit TEXT NOT NULL,
    to_unit   TEXT NOT NULL,
    secret    BOOLEAN NOT NULL,
    PRIMARY KEY (region, case_id, n)
);
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
    secret          BOOLEAN NOT NULL,
    opened          BIGINT NOT NULL,
    responded       BIGINT NOT NULL,
    resolved        BIGINT NOT NULL,
    on_time         BIGINT NOT NULL,
    late            BIGINT NOT NULL,
    reopened        BIGINT NOT NULL,
    confirmed       BIGINT NOT NULL,
    misrouted       BIGINT NOT NULL,
    external        BIGINT NOT NULL,
    rejected        BIGINT NOT NULL,
    merged          BIGINT NOT NULL,
    accepted        BIGINT NOT NULL,
    changed         BIGINT NOT NULL,
    response_sum    BIGINT NOT NULL,
    resolution_sum  BIGINT NOT NULL,
    response_hist   BYTEA,
    resolution_hist BYTEA,
    PRIMARY KEY (region, unit, dim, day, name, secret)
);

-- Up to which event, and which moment, the figures are right.
CREATE TABLE figure_heads (
    region   TEXT NOT NULL,
    layout   BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    as_of_at TIMESTAMPTZ NOT NULL,
    built    BIGINT NOT NULL,
    built_to TEXT,
    PRIMARY KEY (region)
);

-- Answers of citizens are added up by the day on which they came.
CREATE INDEX surveys_created ON surveys (region, created_at);
