-- +goose Up

-- Reports of a month and planning books of a year: frozen figures, sentences whose figures
-- are locked, and how far they have come. None of it is personal data.
CREATE TABLE reports (
    region       TEXT NOT NULL,
    name         TEXT NOT NULL,
    state        TEXT NOT NULL,
    progress     INTEGER NOT NULL,
    error        TEXT NOT NULL,
    version      INTEGER NOT NULL,
    figures      TEXT NOT NULL,
    words        TEXT NOT NULL,
    cases        BLOB,
    hash         TEXT NOT NULL,
    asked_by     TEXT NOT NULL,
    author       TEXT NOT NULL,
    changed_at   TEXT NOT NULL,
    approved_by  TEXT NOT NULL,
    alone        INTEGER NOT NULL,
    approved_at  TEXT,
    published_by TEXT NOT NULL,
    published_at TEXT,
    created_at   TEXT NOT NULL,
    PRIMARY KEY (region, name)
) STRICT;

-- Every version that a report had, by the hash that is printed on it.
CREATE TABLE report_versions (
    region     TEXT NOT NULL,
    name       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    hash       TEXT NOT NULL,
    words      TEXT NOT NULL,
    note       TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (region, name, version)
) STRICT;
CREATE UNIQUE INDEX report_versions_hash ON report_versions (region, hash);

-- The files of approved versions, as they were given out.
CREATE TABLE report_files (
    region     TEXT NOT NULL,
    name       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    format     TEXT NOT NULL,
    hash       TEXT NOT NULL,
    body       BLOB NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (region, name, version, format)
) STRICT;

-- Officers who are mailed when a report is published.
CREATE TABLE report_readers (
    region     TEXT NOT NULL,
    officer_id TEXT NOT NULL,
    PRIMARY KEY (region, officer_id)
) STRICT;
