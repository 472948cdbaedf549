-- +goose Up

-- Why a case runs late, as an officer told the citizen, and when it is expected instead.
ALTER TABLE cases ADD COLUMN late_ct BYTEA;
ALTER TABLE cases ADD COLUMN expected_at TIMESTAMPTZ;

-- One-tap answers to "how satisfied are you with how it was handled", once for a case.
-- They are no part of the surveys of PermenPANRB 14/2017 and are never counted there.
CREATE TABLE pulses (
    region         TEXT NOT NULL,
    case_id        TEXT NOT NULL,
    citizen_id     TEXT NOT NULL,
    unit           TEXT NOT NULL,
    service        TEXT NOT NULL,
    score          BIGINT NOT NULL,
    way            TEXT NOT NULL,
    comment_ct     BYTEA,
    comment_masked TEXT NOT NULL,
    created_at     TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, case_id)
);
CREATE INDEX pulses_unit ON pulses (region, unit, created_at);

-- A citizen's short visit to his own matters, after a code sent to his contact.
CREATE TABLE citizen_sessions (
    region      TEXT NOT NULL,
    token_hash  TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, token_hash)
);
CREATE INDEX citizen_sessions_expiry ON citizen_sessions (region, expires_at);

-- What a citizen allows and prefers: one row per change, the newest of a kind counts.
CREATE TABLE wishes (
    region     TEXT NOT NULL,
    id         TEXT NOT NULL,
    citizen_id TEXT NOT NULL,
    what       TEXT NOT NULL,
    value      TEXT NOT NULL,
    way        TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, id)
);
CREATE INDEX wishes_citizen ON wishes (region, citizen_id, id);

-- What citizens ask about their personal data (UU 27/2022), with the legal term.
CREATE TABLE data_requests (
    region      TEXT NOT NULL,
    id          TEXT NOT NULL,
    citizen_id  TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    kind        TEXT NOT NULL,
    words_ct    BYTEA,
    state       TEXT NOT NULL,
    reason      TEXT NOT NULL,
    answer_ct   BYTEA,
    officer_id  TEXT NOT NULL,
    due_at      TIMESTAMPTZ NOT NULL,
    closed_at   TIMESTAMPTZ,
    created_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, id)
);
CREATE INDEX data_requests_due ON data_requests (region, due_at) WHERE closed_at IS NULL;
CREATE INDEX data_requests_citizen ON data_requests (region, citizen_id, id);
