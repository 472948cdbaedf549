-- +goose Up

-- Where we have read a mailbox up to.
CREATE TABLE mailboxes (
    region       TEXT NOT NULL,
    account      TEXT NOT NULL,
    folder       TEXT NOT NULL,
    uid_validity INTEGER NOT NULL,
    uid          INTEGER NOT NULL,
    checked_at   TEXT NOT NULL,
    error        TEXT NOT NULL,
    PRIMARY KEY (region, account, folder)
) STRICT;

-- One-time codes sent to a contact.
CREATE TABLE contact_codes (
    region      TEXT NOT NULL,
    id          TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    case_id     TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    code_bidx   BLOB NOT NULL,
    tries       INTEGER NOT NULL,
    created_at  TEXT NOT NULL,
    expires_at  TEXT NOT NULL,
    used_at     TEXT,
    PRIMARY KEY (region, id)
) STRICT;
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
    params     INTEGER NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (region, channel, name, language)
) STRICT;

-- What a provider last said about our own account and number.
CREATE TABLE account_signs (
    region     TEXT NOT NULL,
    channel    TEXT NOT NULL,
    subject    TEXT NOT NULL,
    sign       TEXT NOT NULL,
    value      TEXT NOT NULL,
    detail     TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (region, channel, subject, sign)
) STRICT;

-- Who looked after a quarantined item, and how.
ALTER TABLE inbounds ADD COLUMN handled_by TEXT;
ALTER TABLE inbounds ADD COLUMN handled_at TEXT;

-- A voice note that nobody has listened to has no heard_at.
ALTER TABLE attachments ADD COLUMN heard_by TEXT;
ALTER TABLE attachments ADD COLUMN heard_at TEXT;

-- A notice that answers by itself what somebody has just sent.
ALTER TABLE notifications ADD COLUMN automatic INTEGER;
CREATE INDEX notifications_recipient ON notifications (region, recipient, created_at);
-- Its number does not grow with other notices, and it is counted before each one.
CREATE INDEX notifications_automatic ON notifications (region, created_at) WHERE automatic IS NOT NULL;

-- When a mail whose fate stayed unknown was made ready once more.
ALTER TABLE notifications ADD COLUMN repeated_at TEXT;
-- What a notice is counted as in the month's budget: category, and ".billed" or ".free" once the provider said so.
ALTER TABLE notifications ADD COLUMN charge TEXT;

-- What was asked after a case was opened, the question that waits for an answer, and
-- since when.
ALTER TABLE cases ADD COLUMN asked TEXT;
ALTER TABLE cases ADD COLUMN asking TEXT;
ALTER TABLE cases ADD COLUMN asked_at TEXT;
