-- +goose Up
CREATE TABLE signal (
  org_id       TEXT NOT NULL,
  signal_id    TEXT NOT NULL,
  kind         TEXT NOT NULL,
  level        INTEGER NOT NULL CHECK (level IN (1, 2, 3)),
  subject_kind TEXT NOT NULL,
  subject_id   TEXT NOT NULL,
  case_id      TEXT,
  member_id    TEXT NOT NULL,
  raised_at    INTEGER NOT NULL,
  look_at      INTEGER,               -- urgent and not taken: when it goes on to the next
  tried        TEXT NOT NULL,         -- JSON: the members it went by already
  round        INTEGER NOT NULL DEFAULT 0,  -- how often everybody was asked already
  taken_at     INTEGER,
  taken_by     TEXT,
  cleared_at   INTEGER,
  clear_reason TEXT,
  data         TEXT NOT NULL,         -- JSON
  PRIMARY KEY (org_id, signal_id),
  FOREIGN KEY (org_id, member_id) REFERENCES member (org_id, member_id),
  CHECK ((cleared_at IS NULL) = (clear_reason IS NULL)),
  CHECK ((taken_at IS NULL) = (taken_by IS NULL)),
  CHECK (look_at IS NULL OR taken_at IS NULL AND cleared_at IS NULL),
  CHECK (level < 3 OR look_at IS NOT NULL OR taken_at IS NOT NULL OR cleared_at IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX signal_open ON signal (org_id, kind, subject_id) WHERE cleared_at IS NULL;
CREATE INDEX signal_member ON signal (org_id, member_id, level, signal_id) WHERE cleared_at IS NULL;
CREATE INDEX signal_level ON signal (org_id, level, signal_id) WHERE cleared_at IS NULL;
CREATE INDEX signal_case ON signal (org_id, case_id, signal_id) WHERE case_id IS NOT NULL;
-- The watch is one for the installation, so its index is not led by org_id.
CREATE INDEX signal_look ON signal (look_at) WHERE look_at IS NOT NULL;
