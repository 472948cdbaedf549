-- +goose Up

-- Every regional table's key leads with region: it is the tenant key and the
-- shard key. Named exceptions: officers, officer_roles, sessions, jobs, migrations.
-- Columns ending in _ct are sealed, in _bidx blind indexes (keyed hashes), in
-- _hash plain SHA-256 of random tokens.

CREATE TABLE regions (
    region     TEXT NOT NULL,
    keys_ct    BYTEA NOT NULL,
    pack       BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region)
);

CREATE TABLE packs (
    region       TEXT NOT NULL,
    version      BIGINT NOT NULL,
    hash         TEXT NOT NULL,
    archive      BYTEA NOT NULL,
    note         TEXT NOT NULL,
    effective_at TIMESTAMPTZ NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, version)
);

CREATE TABLE counters (
    region TEXT NOT NULL,
    name   TEXT NOT NULL,
    value  BIGINT NOT NULL,
    PRIMARY KEY (region, name)
);

CREATE TABLE deliveries (
    region      TEXT NOT NULL,
    id          TEXT NOT NULL,
    channel     TEXT NOT NULL,
    hash        TEXT NOT NULL,
    size        BIGINT NOT NULL,
    body_ct     BYTEA,
    received_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, id)
);
CREATE INDEX deliveries_received ON deliveries (region, received_at);

CREATE TABLE inbounds (
    region        TEXT NOT NULL,
    seq           BIGINT NOT NULL,
    delivery_id   TEXT NOT NULL,
    channel       TEXT NOT NULL,
    account       TEXT NOT NULL,
    external_bidx BYTEA NOT NULL,
    kind          TEXT NOT NULL,
    raw_ct        BYTEA,
    state         TEXT NOT NULL,
    outcome       TEXT NOT NULL,
    reason        TEXT NOT NULL,
    attempts      BIGINT NOT NULL,
    case_id       TEXT NOT NULL,
    message_id    TEXT NOT NULL,
    received_at   TIMESTAMPTZ NOT NULL,
    finished_at   TIMESTAMPTZ,
    PRIMARY KEY (region, seq)
);
CREATE UNIQUE INDEX inbounds_once ON inbounds (region, channel, account, external_bidx);
CREATE INDEX inbounds_state ON inbounds (region, state, seq);

CREATE TABLE citizens (
    region     TEXT NOT NULL,
    id         TEXT NOT NULL,
    key_ct     BYTEA,
    name_ct    BYTEA,
    lang       TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    erased_at  TIMESTAMPTZ,
    PRIMARY KEY (region, id)
);

CREATE TABLE identities (
    region          TEXT NOT NULL,
    id              TEXT NOT NULL,
    citizen_id      TEXT NOT NULL,
    channel         TEXT NOT NULL,
    account         TEXT NOT NULL,
    external_bidx   BYTEA NOT NULL,
    external_ct     BYTEA,
    phone_bidx      BYTEA,
    phone_ct        BYTEA,
    email_bidx      BYTEA,
    email_ct        BYTEA,
    verified_at     TIMESTAMPTZ,
    confirmed_at    TIMESTAMPTZ,
    last_inbound_at TIMESTAMPTZ,
    unreachable_at  TIMESTAMPTZ,
    stopped_at      TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, id)
);
CREATE UNIQUE INDEX identities_external ON identities (region, channel, account, external_bidx);
CREATE INDEX identities_citizen ON identities (region, citizen_id);
CREATE INDEX identities_phone ON identities (region, phone_bidx);
CREATE INDEX identities_email ON identities (region, email_bidx);

CREATE TABLE identity_aliases (
    region        TEXT NOT NULL,
    channel       TEXT NOT NULL,
    account       TEXT NOT NULL,
    external_bidx BYTEA NOT NULL,
    identity_id   TEXT NOT NULL,
    PRIMARY KEY (region, channel, account, external_bidx)
);

CREATE TABLE cases (
    region       TEXT NOT NULL,
    id           TEXT NOT NULL,
    number       TEXT NOT NULL,
    code_hash    TEXT NOT NULL,
    code_ct      BYTEA,
    link_hash    TEXT NOT NULL,
    link_ct      BYTEA,
    state        TEXT NOT NULL,
    service      TEXT NOT NULL,
    unit         TEXT NOT NULL,
    officer_id   TEXT NOT NULL,
    area         TEXT NOT NULL,
    place_ct     BYTEA,
    urgency      BIGINT NOT NULL,
    secret       BOOLEAN NOT NULL,
    anonymous    BOOLEAN NOT NULL,
    channel      TEXT NOT NULL,
    citizen_id   TEXT NOT NULL,
    identity_id  TEXT NOT NULL,
    summary      TEXT NOT NULL,
    opened_at    TIMESTAMPTZ NOT NULL,
    opened_day   TEXT NOT NULL,
    rule         TEXT NOT NULL,
    due_at       TIMESTAMPTZ,
    paused_at    TIMESTAMPTZ,
    answered_at  TIMESTAMPTZ,
    closed_at    TIMESTAMPTZ,
    reopens      BIGINT NOT NULL,
    external_to  TEXT NOT NULL,
    merged_into  TEXT NOT NULL,
    follows      TEXT NOT NULL,
    reason_ct    BYTEA,
    pack         BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    next_step    TEXT NOT NULL,
    next_step_at TIMESTAMPTZ,
    last_in_at   TIMESTAMPTZ,
    human_at     TIMESTAMPTZ,
    updated_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, citizen_id) REFERENCES citizens (region, id)
);
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
    body_ct       BYTEA,
    masked        TEXT NOT NULL,
    external_bidx BYTEA,
    external_ct   BYTEA,
    inbound_seq   BIGINT NOT NULL,
    said_at       TIMESTAMPTZ NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, case_id) REFERENCES cases (region, id)
);
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
    size        BIGINT NOT NULL,
    blob        TEXT NOT NULL,
    source_ct   BYTEA,
    gps_ct      BYTEA,
    reason      TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    stored_at   TIMESTAMPTZ,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, case_id) REFERENCES cases (region, id)
);
CREATE INDEX attachments_case ON attachments (region, case_id, created_at);
CREATE INDEX attachments_state ON attachments (region, state, created_at);

CREATE TABLE decisions (
    region      TEXT NOT NULL,
    id          TEXT NOT NULL,
    case_id     TEXT NOT NULL,
    citizen_id  TEXT NOT NULL,
    kind        TEXT NOT NULL,
    value       TEXT NOT NULL,
    confidence  DOUBLE PRECISION NOT NULL,
    candidates  TEXT NOT NULL,
    reasons_ct  BYTEA,
    model       TEXT NOT NULL,
    pack        BIGINT NOT NULL,
    state       TEXT NOT NULL,
    final_value TEXT NOT NULL,
    officer_id  TEXT NOT NULL,
    why         TEXT NOT NULL,
    made_at     TIMESTAMPTZ NOT NULL,
    decided_at  TIMESTAMPTZ,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, case_id) REFERENCES cases (region, id)
);
CREATE INDEX decisions_case ON decisions (region, case_id, made_at);

CREATE TABLE deadlines (
    region      TEXT NOT NULL,
    id          TEXT NOT NULL,
    case_id     TEXT NOT NULL,
    kind        TEXT NOT NULL,
    rule        TEXT NOT NULL,
    pack        BIGINT NOT NULL,
    started_at  TIMESTAMPTZ NOT NULL,
    due_at      TIMESTAMPTZ NOT NULL,
    pauses      TEXT NOT NULL,
    met_at      TIMESTAMPTZ,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, case_id) REFERENCES cases (region, id)
);
CREATE INDEX deadlines_case ON deadlines (region, case_id, id);

CREATE TABLE events (
    region       TEXT NOT NULL,
    id           TEXT NOT NULL,
    seq          BIGINT,
    case_id      TEXT NOT NULL,
    case_version BIGINT NOT NULL,
    actor        TEXT NOT NULL,
    type         TEXT NOT NULL,
    version      BIGINT NOT NULL,
    payload      TEXT NOT NULL,
    salt         BYTEA NOT NULL,
    leaf         BYTEA NOT NULL,
    erased       TEXT NOT NULL,
    happened_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, id)
);
CREATE UNIQUE INDEX events_seq ON events (region, seq);
CREATE INDEX events_case ON events (region, case_id, id);

CREATE TABLE audit_nodes (
    region TEXT NOT NULL,
    idx    BIGINT NOT NULL,
    hash   BYTEA NOT NULL,
    PRIMARY KEY (region, idx)
);

CREATE TABLE audit_heads (
    region     TEXT NOT NULL,
    size       BIGINT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region)
);

CREATE TABLE checkpoints (
    region  TEXT NOT NULL,
    size    BIGINT NOT NULL,
    note    TEXT NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, size)
);

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
    pack          BIGINT NOT NULL,
    urgent        BOOLEAN NOT NULL,
    body_ct       BYTEA,
    state         TEXT NOT NULL,
    attempt_id    TEXT NOT NULL,
    attempts      BIGINT NOT NULL,
    not_before_at TIMESTAMPTZ NOT NULL,
    leased_by     TEXT NOT NULL,
    leased_at     TIMESTAMPTZ,
    provider_bidx BYTEA,
    delivery      TEXT NOT NULL,
    error_code    BIGINT NOT NULL,
    error         TEXT NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    sent_at       TIMESTAMPTZ,
    PRIMARY KEY (region, id)
);
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
    step        BIGINT NOT NULL,
    token_hash  TEXT NOT NULL,
    raised_at   TIMESTAMPTZ NOT NULL,
    acked_at    TIMESTAMPTZ,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, case_id) REFERENCES cases (region, id)
);
CREATE UNIQUE INDEX alarms_step ON alarms (region, case_id, step);
CREATE UNIQUE INDEX alarms_token ON alarms (region, token_hash);

CREATE TABLE drafts (
    region     TEXT NOT NULL,
    id         TEXT NOT NULL,
    body_ct    BYTEA NOT NULL,
    case_id    TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region, id)
);
CREATE INDEX drafts_updated ON drafts (region, updated_at);

CREATE TABLE officers (
    id            TEXT NOT NULL,
    email         TEXT NOT NULL,
    name          TEXT NOT NULL,
    phone         TEXT NOT NULL,
    password      TEXT NOT NULL,
    failures      BIGINT NOT NULL,
    locked_at     TIMESTAMPTZ,
    disabled_at   TIMESTAMPTZ,
    last_login_at TIMESTAMPTZ,
    created_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX officers_email ON officers (email);

CREATE TABLE officer_roles (
    officer_id TEXT NOT NULL,
    region     TEXT NOT NULL,
    role       TEXT NOT NULL,
    unit       TEXT NOT NULL,
    PRIMARY KEY (officer_id, region, role, unit),
    FOREIGN KEY (officer_id) REFERENCES officers (id)
);

CREATE INDEX officer_roles_unit ON officer_roles (region, unit);

CREATE TABLE sessions (
    token      TEXT NOT NULL,
    data       BYTEA NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (token)
);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE case_search (
    region  TEXT NOT NULL,
    case_id TEXT NOT NULL,
    body    TEXT NOT NULL,
    tsv     TSVECTOR GENERATED ALWAYS AS (to_tsvector('simple', body)) STORED,
    PRIMARY KEY (region, case_id)
);
CREATE INDEX case_search_tsv ON case_search USING GIN (tsv);
