-- +goose Up
-- Accounts and their sessions are global (decision 15): one person may be a
-- member of several organisations. Everything else is led by org_id; '*' is
-- the installation itself.
CREATE TABLE account (
  id         TEXT NOT NULL PRIMARY KEY,
  email      TEXT NOT NULL,          -- as typed
  email_key  TEXT NOT NULL UNIQUE,   -- case-folded
  name       TEXT NOT NULL,
  language   TEXT NOT NULL,
  password   TEXT,                   -- PHC string; NULL until one was chosen
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,       -- of the password
  disabled   INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
  last_org   TEXT                    -- where the person signed in last
) STRICT;

-- A token by which somebody chooses a password: an invitation or a reset.
CREATE TABLE account_token (
  hash       TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id),
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX account_token_account ON account_token (account_id);

-- Failed attempts to sign in, by a digest of what was typed: also for
-- accounts that do not exist, so that nothing can be told from it.
CREATE TABLE sign_in_guard (
  email_hash TEXT NOT NULL PRIMARY KEY,
  fails      INTEGER NOT NULL,
  until      INTEGER,                -- no attempt before
  last_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_guard_age ON sign_in_guard (last_at);

CREATE TABLE session (
  hash       TEXT NOT NULL PRIMARY KEY,
  account_id TEXT,
  data       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX session_account ON session (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX session_age ON session (seen_at);

CREATE TABLE api_key (
  org_id     TEXT NOT NULL,
  id         TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('member', 'organisation', 'installer')),
  name       TEXT NOT NULL,
  member_id  TEXT,
  hash       TEXT NOT NULL,
  hint       TEXT NOT NULL,          -- the last four characters, to tell keys apart
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  used_at    INTEGER,                -- to the hour
  PRIMARY KEY (org_id, id),
  CHECK ((kind = 'member') = (member_id IS NOT NULL)),
  CHECK ((kind = 'installer') = (org_id = '*'))
) STRICT;

CREATE TABLE link (
  org_id      TEXT NOT NULL,
  id          TEXT NOT NULL,
  hash        TEXT NOT NULL,
  person_id   TEXT NOT NULL,
  question_id TEXT NOT NULL,
  message_id  TEXT,
  purpose     TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  revoked_at  INTEGER,
  attempts    INTEGER NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND 5), -- at the second factor
  codes       INTEGER NOT NULL DEFAULT 0 CHECK (codes BETWEEN 0 AND 5),    -- sent
  PRIMARY KEY (org_id, id)
) STRICT;
CREATE UNIQUE INDEX link_hash ON link (org_id, hash);
CREATE INDEX link_person ON link (org_id, person_id, question_id);
CREATE INDEX link_age ON link (org_id, expires_at);

CREATE TABLE link_session (
  org_id       TEXT NOT NULL,
  hash         TEXT NOT NULL,
  link_id      TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  confirmed_at INTEGER,
  code_hash    TEXT,
  code_until   INTEGER,
  PRIMARY KEY (org_id, hash),
  FOREIGN KEY (org_id, link_id) REFERENCES link (org_id, id)
) STRICT;
CREATE INDEX link_session_link ON link_session (org_id, link_id);
CREATE INDEX link_session_age ON link_session (org_id, expires_at);

-- Who saw which record, when (decision 19). Never changed.
CREATE TABLE access_log (
  org_id     TEXT NOT NULL,
  id         TEXT NOT NULL,
  at         INTEGER NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id   TEXT NOT NULL,
  kind       TEXT NOT NULL,
  record_id  TEXT NOT NULL,
  request_id TEXT,
  PRIMARY KEY (org_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_log_record ON access_log (org_id, kind, record_id, id);
CREATE INDEX access_log_actor ON access_log (org_id, actor_id, id);
