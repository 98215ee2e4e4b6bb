-- +goose Up
-- What was asked under an Idempotency-Key, and what was answered: kept for a
-- day. A row without an answer was claimed and is being worked on, or nobody
-- knows how it ended.
CREATE TABLE idempotency (
  org_id     TEXT NOT NULL,          -- '*' for whoever acts in no organisation
  who        TEXT NOT NULL,          -- kind and id of the actor
  ikey       TEXT NOT NULL,
  operation  TEXT NOT NULL,
  digest     TEXT NOT NULL,          -- of the request
  claimed_at INTEGER NOT NULL,
  fate       INTEGER NOT NULL DEFAULT 0 CHECK (fate IN (0, 1, 2)), -- 1: unknown, 2: told once
  status     INTEGER,
  header     TEXT,
  body       BLOB,
  PRIMARY KEY (org_id, who, ikey, operation)
) STRICT;
CREATE INDEX idempotency_age ON idempotency (org_id, claimed_at);
