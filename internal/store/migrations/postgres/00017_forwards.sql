-- +goose Up

-- What an officer has passed on from elsewhere, and has been asked about. seqs names the
-- items, whose words stand sealed where they always do.
CREATE TABLE forwards (
    region      TEXT NOT NULL,
    id          TEXT NOT NULL,
    officer_id  TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    state       TEXT NOT NULL,
    seqs        TEXT NOT NULL,
    case_id     TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, id)
);
CREATE INDEX forwards_officer ON forwards (region, officer_id, updated_at);
