-- +goose Up

-- The second factor of an officer: its secret sealed with the keys of the region where it
-- was set up, since when it is asked for, and the last time step that was used.
ALTER TABLE officers ADD COLUMN totp_region TEXT;
ALTER TABLE officers ADD COLUMN totp_ct BYTEA;
ALTER TABLE officers ADD COLUMN totp_at TIMESTAMPTZ;
ALTER TABLE officers ADD COLUMN totp_step BIGINT;

-- One-time links by which an officer chooses a password.
CREATE TABLE officer_tokens (
    token_hash TEXT NOT NULL,
    officer_id TEXT NOT NULL,
    made_by    TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ,
    PRIMARY KEY (token_hash)
);
CREATE INDEX officer_tokens_officer ON officer_tokens (officer_id);

-- Codes that stand in for a lost second factor, each once.
CREATE TABLE officer_codes (
    officer_id TEXT NOT NULL,
    code_hash  TEXT NOT NULL,
    used_at    TIMESTAMPTZ,
    PRIMARY KEY (officer_id, code_hash)
);
