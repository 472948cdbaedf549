-- +goose Up

-- What a series of counts is expected to be. A series is "region", "unit:CODE",
-- "service:CODE", "area:CODE" or "outside:ID[/PLACE]"; the body is the forecast of package
-- outlook as JSON: figures only. The newest one stays.
CREATE TABLE forecasts (
    region   TEXT NOT NULL,
    series   TEXT NOT NULL,
    made_on  TEXT NOT NULL,
    made_at  TEXT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (region, series)
) STRICT;

-- Warnings: more came than was to be expected, or nothing came at all. A warning is one
-- row from the day it is noticed to its end.
CREATE TABLE surges (
    region     TEXT NOT NULL,
    id         TEXT NOT NULL,
    series     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    from_day   TEXT NOT NULL,
    to_day     TEXT NOT NULL,
    observed   REAL NOT NULL,
    expected   REAL NOT NULL,
    severity   REAL NOT NULL,
    state      TEXT NOT NULL,
    incident   TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    note       TEXT NOT NULL,
    created_at TEXT NOT NULL,
    decided_at TEXT,
    ended_at   TEXT,
    PRIMARY KEY (region, id)
) STRICT;
CREATE INDEX surges_series ON surges (region, series, to_day);

-- What is known to move demand: registration for social aid, an election, a fair.
CREATE TABLE declared_events (
    region       TEXT NOT NULL,
    id           TEXT NOT NULL,
    name         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    from_day     TEXT NOT NULL,
    to_day       TEXT NOT NULL,
    services     TEXT NOT NULL,
    made_by      TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    cancelled_at TEXT,
    PRIMARY KEY (region, id)
) STRICT;

-- How long one case of a unit takes and how many hours an officer has for cases in a day,
-- as the unit's head says.
CREATE TABLE workloads (
    region     TEXT NOT NULL,
    unit       TEXT NOT NULL,
    minutes    INTEGER NOT NULL,
    hours      REAL NOT NULL,
    level      REAL NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (region, unit)
) STRICT;

-- Dated counts from elsewhere: dengue cases by health centre, rain, prices.
CREATE TABLE outside_series (
    region     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    measure    TEXT NOT NULL,
    source     TEXT NOT NULL,
    period     TEXT NOT NULL,
    drives     TEXT NOT NULL,
    made_by    TEXT NOT NULL,
    created_at TEXT NOT NULL,
    retired_at TEXT,
    PRIMARY KEY (region, id)
) STRICT;
CREATE TABLE outside_values (
    region     TEXT NOT NULL,
    series_id  TEXT NOT NULL,
    place      TEXT NOT NULL,
    day        TEXT NOT NULL,
    value      REAL NOT NULL,
    population INTEGER NOT NULL,
    PRIMARY KEY (region, series_id, place, day)
) STRICT;
