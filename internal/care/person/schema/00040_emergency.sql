-- +goose Up
-- Who opened in an emergency what is hidden of a customer (decision 16): until
-- when, and what whoever leads said of it afterwards. Rows are never deleted.
CREATE TABLE emergency (
  org_id       TEXT NOT NULL,
  emergency_id TEXT NOT NULL,
  person_id    TEXT NOT NULL,          -- the customer
  member_id    TEXT NOT NULL,          -- who opened it, and nobody else sees more by it
  why          TEXT NOT NULL,
  opened_at    INTEGER NOT NULL,
  until_at     INTEGER NOT NULL,
  ended_at     INTEGER,                -- closed before its time
  ended_by     TEXT,
  answer       TEXT CHECK (answer IN ('right', 'wrong', 'unclear')),
  note         TEXT,
  answered_by  TEXT,
  answered_at  INTEGER,
  version      INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, emergency_id),
  FOREIGN KEY (org_id, person_id) REFERENCES person (org_id, person_id),
  FOREIGN KEY (org_id, member_id) REFERENCES member (org_id, member_id),
  CHECK (until_at > opened_at),
  CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
  CHECK ((answer IS NULL) = (answered_at IS NULL)),
  CHECK ((answer IS NULL) = (answered_by IS NULL)),
  CHECK (answered_by IS NULL OR answered_by <> member_id)
) STRICT;
CREATE INDEX emergency_person ON emergency (org_id, person_id, member_id, until_at);
CREATE INDEX emergency_member ON emergency (org_id, member_id, opened_at);
CREATE INDEX emergency_open   ON emergency (org_id, emergency_id) WHERE answer IS NULL;
