-- +goose Up
-- Documents that are files and go with a referral. The organisation that is
-- asked fetches their content piece by piece, each in a transaction of its own.
CREATE TABLE referral_file (
  org_id        TEXT NOT NULL,
  referral_id   TEXT NOT NULL,
  document_id   TEXT NOT NULL,
  media         TEXT NOT NULL,
  size          INTEGER NOT NULL CHECK (size > 0),
  sha256        TEXT NOT NULL CHECK (LENGTH(sha256) = 64),
  source_org    TEXT NOT NULL,       -- whose document it is
  source_id     TEXT NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('there', 'coming', 'here')),
  here_at       INTEGER,
  case_document TEXT,                -- what it became in the case
  PRIMARY KEY (org_id, referral_id, document_id),
  FOREIGN KEY (org_id, referral_id, document_id) REFERENCES referral_document (org_id, referral_id, document_id),
  CHECK ((state = 'there') = (source_org = org_id)),
  CHECK ((state = 'here') = (here_at IS NOT NULL)),
  CHECK (case_document IS NULL OR state = 'here')
) STRICT;

CREATE TABLE referral_chunk (
  org_id      TEXT NOT NULL,
  referral_id TEXT NOT NULL,
  document_id TEXT NOT NULL,
  n           INTEGER NOT NULL,
  bytes       BLOB NOT NULL,
  PRIMARY KEY (org_id, referral_id, document_id, n),
  FOREIGN KEY (org_id, referral_id, document_id) REFERENCES referral_file (org_id, referral_id, document_id)
) STRICT;
