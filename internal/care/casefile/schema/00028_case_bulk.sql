-- +goose Up
-- One thing done with many cases: what was asked, and what became of each row.
CREATE TABLE bulk (
  org_id     TEXT NOT NULL,
  bulk_id    TEXT NOT NULL,
  member_id  TEXT NOT NULL,
  once       TEXT NOT NULL,          -- of the preview that was confirmed
  what       TEXT NOT NULL CHECK (what IN ('handoff', 'move', 'note', 'wait', 'ask')),
  input      TEXT NOT NULL,          -- JSON
  total      INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at   INTEGER,
  PRIMARY KEY (org_id, bulk_id),
  UNIQUE (org_id, member_id, once),
  FOREIGN KEY (org_id, member_id) REFERENCES member (org_id, member_id)
) STRICT;

CREATE TABLE bulk_row (
  org_id     TEXT NOT NULL,
  bulk_id    TEXT NOT NULL,
  place      INTEGER NOT NULL,
  case_id    TEXT NOT NULL,
  promise_id TEXT,                   -- the one that was shown
  state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'refused')),
  problem    TEXT,                   -- why not: a problem type
  ended_at   INTEGER,
  PRIMARY KEY (org_id, bulk_id, place),
  UNIQUE (org_id, bulk_id, case_id),
  FOREIGN KEY (org_id, bulk_id) REFERENCES bulk (org_id, bulk_id),
  CHECK ((state = 'waiting') = (ended_at IS NULL)),
  CHECK ((state = 'refused') = (problem IS NOT NULL))
) STRICT;
CREATE INDEX bulk_row_waits ON bulk_row (org_id, bulk_id, place) WHERE state = 'waiting';
