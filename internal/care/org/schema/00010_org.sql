-- +goose Up
CREATE TABLE organisation (
  org_id     TEXT NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('practice', 'hospital', 'firm')),
  phone      TEXT,
  zone       TEXT NOT NULL,           -- of the calendar, for reports
  language   TEXT NOT NULL CHECK (language IN ('nl', 'en')),
  calendar   TEXT NOT NULL,           -- JSON
  settings   TEXT NOT NULL,           -- JSON
  created_at INTEGER NOT NULL,
  version    INTEGER NOT NULL
) STRICT;
-- The directory is one for the installation, so it is not led by org_id.
CREATE INDEX organisation_name ON organisation (name, org_id);

CREATE TABLE member (
  org_id        TEXT NOT NULL,
  member_id     TEXT NOT NULL,
  account_id    TEXT,                 -- accounts are global; none until invited
  name          TEXT NOT NULL,
  role          TEXT NOT NULL CHECK (role IN ('desk', 'specialist', 'manager', 'administrator')),
  title         TEXT,
  email         TEXT,
  phone         TEXT,
  active        INTEGER NOT NULL CHECK (active IN (0, 1)),
  deputy_id     TEXT CHECK (deputy_id <> member_id),
  deputy_agreed INTEGER NOT NULL DEFAULT 0 CHECK (deputy_agreed IN (0, 1)),
  away_from     INTEGER,
  away_until    INTEGER,              -- NULL: until further notice
  created_at    INTEGER NOT NULL,
  version       INTEGER NOT NULL,
  PRIMARY KEY (org_id, member_id),
  FOREIGN KEY (org_id) REFERENCES organisation (org_id),
  FOREIGN KEY (org_id, deputy_id) REFERENCES member (org_id, member_id),
  CHECK (deputy_id IS NULL OR deputy_agreed = 1),
  CHECK (away_until IS NULL OR away_from < away_until)
) STRICT;
CREATE UNIQUE INDEX member_account ON member (org_id, account_id) WHERE account_id IS NOT NULL;
CREATE INDEX member_name ON member (org_id, name, member_id);
CREATE INDEX member_role ON member (org_id, role, member_id) WHERE active = 1;
CREATE INDEX member_deputy ON member (org_id, deputy_id) WHERE deputy_id IS NOT NULL;
-- Signing in starts from the account, over all organisations (decision 15).
CREATE INDEX member_of_account ON member (account_id, org_id) WHERE account_id IS NOT NULL;

CREATE TABLE team (
  org_id         TEXT NOT NULL,
  team_id        TEXT NOT NULL,
  name           TEXT NOT NULL,
  duty_member_id TEXT NOT NULL,
  active         INTEGER NOT NULL CHECK (active IN (0, 1)),
  auto_accept    INTEGER NOT NULL CHECK (auto_accept IN (0, 1)),
  created_at     INTEGER NOT NULL,
  version        INTEGER NOT NULL,
  PRIMARY KEY (org_id, team_id),
  FOREIGN KEY (org_id) REFERENCES organisation (org_id),
  FOREIGN KEY (org_id, duty_member_id) REFERENCES member (org_id, member_id)
) STRICT;
CREATE UNIQUE INDEX team_name ON team (org_id, name);
CREATE INDEX team_duty ON team (org_id, duty_member_id);
