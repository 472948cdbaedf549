-- +goose Up

-- Reports of a month and planning books of a year: frozen figures, sentences whose figures
-- are locked, and how far they have come. None of it is personal data.
CREATE TABLE reports (
    region       TEXT NOT NULL,
    name         TEXT NOT NULL,
    state        TEXT NOT NULL,
    progress     BIGINT NOT NULL,
    error        TEXT NOT NULL,
    version      BIGINT NOT NULL,
    figures      TEXT NOT NULL,
    words        TEXT NOT NULL,
    cases        BYTEA,
    hash         TEXT NOT NULL,
    asked_by     TEXT NOT NULL,
    author       TEXT NOT NULL,
    changed_at   TIMESTAMPTZ NOT NULL,
    approved_by  TEXT NOT NULL,
    alone        BOOLEAN NOT NULL,
    approved_at  TIMESTAMPTZ,
    published_by TEXT NOT NULL,
    published_at TIMESTAMPTZ,
    created_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, name)
);

-- Every version that a report had, by the hash that is printed on it.
CREATE TABLE report_versions (
    region     TEXT NOT NULL,
    name       TEXT NOT NULL,
    version    BIGINT NOT NULL,
    hash       TEXT NOT NULL,
    words      TEXT NOT NULL,
    note       TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, name, version)
);
CREATE UNIQUE INDEX report_versions_hash ON report_versions (region, hash);

-- The files of approved versions, as they were given out.
CREATE TABLE report_files (
    region     TEXT NOT NULL,
    name       TEXT NOT NULL,
    version    BIGINT NOT NULL,
    format     TEXT NOT NULL,
    hash       TEXT NOT NULL,
    body       BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, name, version, format)
);

-- Officers who are mailed when a report is published.
CREATE TABLE report_readers (
    region     TEXT NOT NULL,
    officer_id TEXT NOT NULL,
    PRIMARY KEY (region, officer_id)
);
