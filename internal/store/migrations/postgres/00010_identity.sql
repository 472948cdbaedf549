-- +goose Up

-- Keys that prove an officer by his device (WebAuthn) at the host of one region. The
-- record of the key is sealed with the region's keys; credential_hash finds it.
CREATE TABLE passkeys (
    region          TEXT NOT NULL,
    id              TEXT NOT NULL,
    officer_id      TEXT NOT NULL,
    host            TEXT NOT NULL,
    credential_hash TEXT NOT NULL,
    record_ct       BYTEA NOT NULL,
    name            TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    used_at         TIMESTAMPTZ,
    cloned_at       TIMESTAMPTZ,
    PRIMARY KEY (region, id)
);
CREATE UNIQUE INDEX passkeys_credential ON passkeys (region, credential_hash);
CREATE INDEX passkeys_officer ON passkeys (officer_id);

-- Which person of an identity provider (OpenID Connect) an officer is.
CREATE TABLE officer_identities (
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    officer_id TEXT NOT NULL,
    linked_at  TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE UNIQUE INDEX officer_identities_officer ON officer_identities (officer_id, issuer);

-- Whose a session is, so that he can see and end it.
ALTER TABLE sessions ADD COLUMN id TEXT;
ALTER TABLE sessions ADD COLUMN officer_id TEXT;
ALTER TABLE sessions ADD COLUMN region TEXT;
ALTER TABLE sessions ADD COLUMN way TEXT;
ALTER TABLE sessions ADD COLUMN device TEXT;
ALTER TABLE sessions ADD COLUMN network TEXT;
ALTER TABLE sessions ADD COLUMN began_at TIMESTAMPTZ;
ALTER TABLE sessions ADD COLUMN seen_at TIMESTAMPTZ;
CREATE INDEX sessions_officer ON sessions (officer_id);

-- Log-ins that succeeded and that failed, as the officer himself may see them.
CREATE TABLE officer_logins (
    id          TEXT NOT NULL,
    officer_id  TEXT NOT NULL,
    region      TEXT NOT NULL,
    way         TEXT NOT NULL,
    failed      BOOLEAN NOT NULL,
    device      TEXT NOT NULL,
    network     TEXT NOT NULL,
    happened_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX officer_logins_officer ON officer_logins (officer_id, id);

-- Cases that somebody opened, for a time and with a reason, though they are closed to
-- him. The words are sealed like the case's.
CREATE TABLE openings (
    region      TEXT NOT NULL,
    id          TEXT NOT NULL,
    case_id     TEXT NOT NULL,
    citizen_id  TEXT NOT NULL,
    officer_id  TEXT NOT NULL,
    reason_ct   BYTEA,
    opened_at   TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL,
    ended_at    TIMESTAMPTZ,
    ended_by    TEXT NOT NULL,
    remark_ct   BYTEA,
    reviewed_by TEXT NOT NULL,
    reviewed_at TIMESTAMPTZ,
    PRIMARY KEY (region, id)
);
CREATE INDEX openings_officer ON openings (region, officer_id, expires_at);

-- The few events among many that tell who saw what is hidden.
CREATE INDEX events_opened ON events (region, id) WHERE type IN ('citizen.revealed', 'inbound.viewed', 'case.unsealed', 'case.sealed');
