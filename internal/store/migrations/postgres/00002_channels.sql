-- +goose Up

-- Where we have read a mailbox up to.
CREATE TABLE mailboxes (
    region       TEXT NOT NULL,
    account      TEXT NOT NULL,
    folder       TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    uid          BIGINT NOT NULL,
    checked_at   TIMESTAMPTZ NOT NULL,
    error        TEXT NOT NULL,
    PRIMARY KEY (region, account, folder)
);

-- One-time codes sent to a contact.
CREATE TABLE contact_codes (
    region      TEXT NOT NULL,
    id          TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    case_id     TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    code_bidx   BYTEA NOT NULL,
    tries       BIGINT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL,
    used_at     TIMESTAMPTZ,
    PRIMARY KEY (region, id)
);
CREATE INDEX contact_codes_identity ON contact_codes (region, identity_id, created_at);

-- Templates as the provider knows them.
CREATE TABLE message_templates (
    region     TEXT NOT NULL,
    channel    TEXT NOT NULL,
    name       TEXT NOT NULL,
    language   TEXT NOT NULL,
    category   TEXT NOT NULL,
    status     TEXT NOT NULL,
    quality    TEXT NOT NULL,
    reason     TEXT NOT NULL,
    params     BIGINT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, channel, name, language)
);

-- What a provider last said about our own account and number.
CREATE TABLE account_signs (
    region     TEXT NOT NULL,
    channel    TEXT NOT NULL,
    subject    TEXT NOT NULL,
    sign       TEXT NOT NULL,
    value      TEXT NOT NULL,
    detail     TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, channel, subject, sign)
);

-- Who looked after a quarantined item, and how.
ALTER TABLE inbounds ADD COLUMN handled_by TEXT;
ALTER TABLE inbounds ADD COLUMN handled_at TIMESTAMPTZ;

-- A voice note that nobody has listened to has no heard_at.
ALTER TABLE attachments ADD COLUMN heard_by TEXT;
ALTER TABLE attachments ADD COLUMN heard_at TIMESTAMPTZ;

-- A notice that answers by itself what somebody has just sent.
ALTER TABLE notifications ADD COLUMN automatic BOOLEAN;
CREATE INDEX notifications_recipient ON notifications (region, recipient, created_at);
-- Its number does not grow with other notices, and it is counted before each one.
CREATE INDEX notifications_automatic ON notifications (region, created_at) WHERE automatic IS NOT NULL;

-- When a mail whose fate stayed unknown was made ready once more.
ALTER TABLE notifications ADD COLUMN repeated_at TIMESTAMPTZ;
-- What a notice is counted as in the month's budget: category, and ".billed" or ".free" once the provider said so.
ALTER TABLE notifications ADD COLUMN charge TEXT;

-- What was asked after a case was opened, the question that waits for an answer, and
-- since when.
ALTER TABLE cases ADD COLUMN asked TEXT;
ALTER TABLE cases ADD COLUMN asking TEXT;
ALTER TABLE cases ADD COLUMN asked_at TIMESTAMPTZ;
