-- +goose Up

-- Every regional table's key leads with region: it is the tenant key and the
-- shard key. Named exceptions: officers, officer_roles, sessions, jobs, migrations.
-- Columns ending in _ct are sealed, in _bidx blind indexes (keyed hashes), in
-- _hash plain SHA-256 of random tokens.

CREATE TABLE regions (
    region     TEXT NOT NULL,
    keys_ct    BLOB NOT NULL,
    pack       INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (region)
) STRICT;

CREATE TABLE packs (
    region       TEXT NOT NULL,
    version      INTEGER NOT NULL,
    hash         TEXT NOT NULL,
    archive      BLOB NOT NULL,
    note         TEXT NOT NULL,
    effective_at TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    PRIMARY KEY (region, version)
) STRICT;

CREATE TABLE counters (
    region TEXT NOT NULL,
    name   TEXT NOT NULL,
    value  INTEGER NOT NULL,
    PRIMARY KEY (region, name)
) STRICT;

CREATE TABLE deliveries (
    region      TEXT NOT NULL,
    id          TEXT NOT NULL,
    channel     TEXT NOT NULL,
    hash        TEXT NOT NULL,
    size        INTEGER NOT NULL,
    body_ct     BLOB,
    received_at TEXT NOT NULL,
    PRIMARY KEY (region, id)
) STRICT;
CREATE INDEX deliveries_received ON deliveries (region, received_at);

CREATE TABLE inbounds (
    region        TEXT NOT NULL,
    seq           INTEGER NOT NULL,
    delivery_id   TEXT NOT NULL,
    channel       TEXT NOT NULL,
    account       TEXT NOT NULL,
    external_bidx BLOB NOT NULL,
    kind          TEXT NOT NULL,
    raw_ct        BLOB,
    state         TEXT NOT NULL,
    outcome       TEXT NOT NULL,
    reason        TEXT NOT NULL,
    attempts      INTEGER NOT NULL,
    case_id       TEXT NOT NULL,
    message_id    TEXT NOT NULL,
    received_at   TEXT NOT NULL,
    finished_at   TEXT,
    PRIMARY KEY (region, seq)
) STRICT;
CREATE UNIQUE INDEX inbounds_once ON inbounds (region, channel, account, external_bidx);
CREATE INDEX inbounds_state ON inbounds (region, state, seq);

CREATE TABLE citizens (
    region     TEXT NOT NULL,
    id         TEXT NOT NULL,
    key_ct     BLOB,
    name_ct    BLOB,
    lang       TEXT NOT NULL,
    created_at TEXT NOT NULL,
    erased_at  TEXT,
    PRIMARY KEY (region, id)
) STRICT;

CREATE TABLE identities (
    region          TEXT NOT NULL,
    id              TEXT NOT NULL,
    citizen_id      TEXT NOT NULL,
    channel         TEXT NOT NULL,
    account         TEXT NOT NULL,
    external_bidx   BLOB NOT NULL,
    external_ct     BLOB,
    phone_bidx      BLOB,
    phone_ct        BLOB,
    email_bidx      BLOB,
    email_ct        BLOB,
    verified_at     TEXT,
    confirmed_at    TEXT,
    last_inbound_at TEXT,
    unreachable_at  TEXT,
    stopped_at      TEXT,
    created_at      TEXT NOT NULL,
    PRIMARY KEY (region, id)
) STRICT;
CREATE UNIQUE INDEX identities_external ON identities (region, channel, account, external_bidx);
CREATE INDEX identities_citizen ON identities (region, citizen_id);
CREATE INDEX identities_phone ON identities (region, phone_bidx);
CREATE INDEX identities_email ON identities (region, email_bidx);

CREATE TABLE identity_aliases (
    region        TEXT NOT NULL,
    channel       TEXT NOT NULL,
    account       TEXT NOT NULL,
    external_bidx BLOB NOT NULL,
    identity_id   TEXT NOT NULL,
    PRIMARY KEY (region, channel, account, external_bidx)
) STRICT;

CREATE TABLE cases (
    region       TEXT NOT NULL,
    id           TEXT NOT NULL,
    number       TEXT NOT NULL,
    code_hash    TEXT NOT NULL,
    code_ct      BLOB,
    link_hash    TEXT NOT NULL,
    link_ct      BLOB,
    state        TEXT NOT NULL,
    service      TEXT NOT NULL,
    unit         TEXT NOT NULL,
    officer_id   TEXT NOT NULL,
    area         TEXT NOT NULL,
    place_ct     BLOB,
    urgency      INTEGER NOT NULL,
    secret       INTEGER NOT NULL,
    anonymous    INTEGER NOT NULL,
    channel      TEXT NOT NULL,
    citizen_id   TEXT NOT NULL,
    identity_id  TEXT NOT NULL,
    summary      TEXT NOT NULL,
    opened_at    TEXT NOT NULL,
    opened_day   TEXT NOT NULL,
    rule         TEXT NOT NULL,
    due_at       TEXT,
    paused_at    TEXT,
    answered_at  TEXT,
    closed_at    TEXT,
    reopens      INTEGER NOT NULL,
    external_to  TEXT NOT NULL,
    merged_into  TEXT NOT NULL,
    follows      TEXT NOT NULL,
    reason_ct    BLOB,
    pack         INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    next_step    TEXT NOT NULL,
    next_step_at TEXT,
    last_in_at   TEXT,
    human_at     TEXT,
    updated_at   TEXT NOT NULL,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, citizen_id) REFERENCES citizens (region, id)
) STRICT;
CREATE UNIQUE INDEX cases_number ON cases (region, number);
CREATE UNIQUE INDEX cases_code ON cases (region, code_hash);
CREATE UNIQUE INDEX cases_link ON cases (region, link_hash);
CREATE INDEX cases_inbox ON cases (region, unit, state, due_at);
CREATE INDEX cases_due ON cases (region, state, due_at);
CREATE INDEX cases_citizen ON cases (region, citizen_id, opened_at);
CREATE INDEX cases_next_step ON cases (region, next_step_at);
CREATE INDEX cases_day ON cases (region, opened_day);

CREATE TABLE messages (
    region        TEXT NOT NULL,
    id            TEXT NOT NULL,
    case_id       TEXT NOT NULL,
    citizen_id    TEXT NOT NULL,
    identity_id   TEXT NOT NULL,
    direction     TEXT NOT NULL,
    channel       TEXT NOT NULL,
    kind          TEXT NOT NULL,
    author        TEXT NOT NULL,
    body_ct       BLOB,
    masked        TEXT NOT NULL,
    external_bidx BLOB,
    external_ct   BLOB,
    inbound_seq   INTEGER NOT NULL,
    said_at       TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, case_id) REFERENCES cases (region, id)
) STRICT;
CREATE INDEX messages_case ON messages (region, case_id, created_at);
CREATE INDEX messages_external ON messages (region, external_bidx);

CREATE TABLE attachments (
    region      TEXT NOT NULL,
    id          TEXT NOT NULL,
    case_id     TEXT NOT NULL,
    message_id  TEXT NOT NULL,
    citizen_id  TEXT NOT NULL,
    state       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    mime        TEXT NOT NULL,
    size        INTEGER NOT NULL,
    blob        TEXT NOT NULL,
    source_ct   BLOB,
    gps_ct      BLOB,
    reason      TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    stored_at   TEXT,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, case_id) REFERENCES cases (region, id)
) STRICT;
CREATE INDEX attachments_case ON attachments (region, case_id, created_at);
CREATE INDEX attachments_state ON attachments (region, state, created_at);

CREATE TABLE decisions (
    region      TEXT NOT NULL,
    id          TEXT NOT NULL,
    case_id     TEXT NOT NULL,
    citizen_id  TEXT NOT NULL,
    kind        TEXT NOT NULL,
    value       TEXT NOT NULL,
    confidence  REAL NOT NULL,
    candidates  TEXT NOT NULL,
    reasons_ct  BLOB,
    model       TEXT NOT NULL,
    pack        INTEGER NOT NULL,
    state       TEXT NOT NULL,
    final_value TEXT NOT NULL,
    officer_id  TEXT NOT NULL,
    why         TEXT NOT NULL,
    made_at     TEXT NOT NULL,
    decided_at  TEXT,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, case_id) REFERENCES cases (region, id)
) STRICT;
CREATE INDEX decisions_case ON decisions (region, case_id, made_at);

CREATE TABLE deadlines (
    region      TEXT NOT NULL,
    id          TEXT NOT NULL,
    case_id     TEXT NOT NULL,
    kind        TEXT NOT NULL,
    rule        TEXT NOT NULL,
    pack        INTEGER NOT NULL,
    started_at  TEXT NOT NULL,
    due_at      TEXT NOT NULL,
    pauses      TEXT NOT NULL,
    met_at      TEXT,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, case_id) REFERENCES cases (region, id)
) STRICT;
CREATE INDEX deadlines_case ON deadlines (region, case_id, id);

CREATE TABLE events (
    region       TEXT NOT NULL,
    id           TEXT NOT NULL,
    seq          INTEGER,
    case_id      TEXT NOT NULL,
    case_version INTEGER NOT NULL,
    actor        TEXT NOT NULL,
    type         TEXT NOT NULL,
    version      INTEGER NOT NULL,
    payload      TEXT NOT NULL,
    salt         BLOB NOT NULL,
    leaf         BLOB NOT NULL,
    erased       TEXT NOT NULL,
    happened_at  TEXT NOT NULL,
    PRIMARY KEY (region, id)
) STRICT;
CREATE UNIQUE INDEX events_seq ON events (region, seq);
CREATE INDEX events_case ON events (region, case_id, id);

CREATE TABLE audit_nodes (
    region TEXT NOT NULL,
    idx    INTEGER NOT NULL,
    hash   BLOB NOT NULL,
    PRIMARY KEY (region, idx)
) STRICT;

CREATE TABLE audit_heads (
    region     TEXT NOT NULL,
    size       INTEGER NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (region)
) STRICT;

CREATE TABLE checkpoints (
    region  TEXT NOT NULL,
    size    INTEGER NOT NULL,
    note    TEXT NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (region, size)
) STRICT;

CREATE TABLE notifications (
    region        TEXT NOT NULL,
    id            TEXT NOT NULL,
    event_id      TEXT NOT NULL,
    case_id       TEXT NOT NULL,
    citizen_id    TEXT NOT NULL,
    recipient     TEXT NOT NULL,
    identity_id   TEXT NOT NULL,
    channel       TEXT NOT NULL,
    template      TEXT NOT NULL,
    pack          INTEGER NOT NULL,
    urgent        INTEGER NOT NULL,
    body_ct       BLOB,
    state         TEXT NOT NULL,
    attempt_id    TEXT NOT NULL,
    attempts      INTEGER NOT NULL,
    not_before_at TEXT NOT NULL,
    leased_by     TEXT NOT NULL,
    leased_at     TEXT,
    provider_bidx BLOB,
    delivery      TEXT NOT NULL,
    error_code    INTEGER NOT NULL,
    error         TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    sent_at       TEXT,
    PRIMARY KEY (region, id)
) STRICT;
CREATE UNIQUE INDEX notifications_once ON notifications (region, event_id, recipient, channel, template);
CREATE INDEX notifications_due ON notifications (region, state, not_before_at);
CREATE INDEX notifications_case ON notifications (region, case_id, created_at);
CREATE INDEX notifications_attempt ON notifications (region, attempt_id);
CREATE INDEX notifications_provider ON notifications (region, provider_bidx);

CREATE TABLE alarms (
    region      TEXT NOT NULL,
    id          TEXT NOT NULL,
    case_id     TEXT NOT NULL,
    officer_id  TEXT NOT NULL,
    step        INTEGER NOT NULL,
    token_hash  TEXT NOT NULL,
    raised_at   TEXT NOT NULL,
    acked_at    TEXT,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, case_id) REFERENCES cases (region, id)
) STRICT;
CREATE UNIQUE INDEX alarms_step ON alarms (region, case_id, step);
CREATE UNIQUE INDEX alarms_token ON alarms (region, token_hash);

CREATE TABLE drafts (
    region     TEXT NOT NULL,
    id         TEXT NOT NULL,
    body_ct    BLOB NOT NULL,
    case_id    TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (region, id)
) STRICT;
CREATE INDEX drafts_updated ON drafts (region, updated_at);

CREATE TABLE officers (
    id            TEXT NOT NULL,
    email         TEXT NOT NULL,
    name          TEXT NOT NULL,
    phone         TEXT NOT NULL,
    password      TEXT NOT NULL,
    failures      INTEGER NOT NULL,
    locked_at     TEXT,
    disabled_at   TEXT,
    last_login_at TEXT,
    created_at    TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX officers_email ON officers (email);

CREATE TABLE officer_roles (
    officer_id TEXT NOT NULL,
    region     TEXT NOT NULL,
    role       TEXT NOT NULL,
    unit       TEXT NOT NULL,
    PRIMARY KEY (officer_id, region, role, unit),
    FOREIGN KEY (officer_id) REFERENCES officers (id)
) STRICT;

CREATE INDEX officer_roles_unit ON officer_roles (region, unit);

CREATE TABLE sessions (
    token      TEXT NOT NULL,
    data       BLOB NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (token)
) STRICT;
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- SQLite may renumber implicit rowids when it vacuums, so the search index gets
-- document numbers of its own.
CREATE TABLE case_search_docs (
    doc     INTEGER PRIMARY KEY,
    region  TEXT NOT NULL,
    case_id TEXT NOT NULL,
    UNIQUE (region, case_id)
) STRICT;
CREATE VIRTUAL TABLE case_search USING fts5 (body, content = '', contentless_delete = 1, tokenize = 'unicode61');
