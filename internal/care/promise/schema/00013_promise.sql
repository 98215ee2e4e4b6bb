-- +goose Up
CREATE TABLE promise (
  org_id       TEXT NOT NULL,
  promise_id   TEXT NOT NULL,
  case_id      TEXT NOT NULL,
  question_id  TEXT NOT NULL,
  kind         TEXT NOT NULL CHECK (kind IN ('answer', 'decision', 'update', 'callback', 'document', 'visit', 'closing', 'duty')),
  what         TEXT NOT NULL,
  to_person    TEXT NOT NULL,
  keeper_id    TEXT NOT NULL,
  made_by      TEXT NOT NULL,        -- a member, or 'system'
  made_at      INTEGER NOT NULL,
  from_at      INTEGER,              -- a window: not before
  due_at       INTEGER NOT NULL,
  internal_at  INTEGER NOT NULL,     -- our own earlier target
  first_due    INTEGER NOT NULL,     -- what was promised originally, before it was moved
  asked_at     INTEGER NOT NULL,     -- when the customer asked: lead times count from here
  channel      TEXT NOT NULL,
  told         TEXT NOT NULL DEFAULT 'untold' CHECK (told IN ('untold', 'sent', 'delivered', 'spoken')),
  told_at      INTEGER,
  message_id   TEXT,
  state        TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'kept', 'broken', 'renegotiated', 'withdrawn')),
  ended_at     INTEGER,
  ended_by     TEXT,
  broke_why    TEXT CHECK (broke_why IN ('late', 'early')),
  predecessor  TEXT,
  successor    TEXT,
  moving_to    TEXT,                 -- the new promise whose telling is under way
  risk         INTEGER NOT NULL DEFAULT 0,
  look_at      INTEGER,
  version      INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, promise_id),
  FOREIGN KEY (org_id, keeper_id) REFERENCES member (org_id, member_id),
  FOREIGN KEY (org_id, to_person) REFERENCES person (org_id, person_id),
  CHECK (due_at > made_at),
  CHECK (internal_at <= due_at),
  CHECK (from_at IS NULL OR from_at < due_at),
  CHECK ((state = 'open') = (ended_at IS NULL)),
  CHECK ((state = 'open') = (look_at IS NOT NULL)),
  CHECK ((state = 'broken') = (broke_why IS NOT NULL)),
  CHECK ((told IN ('untold', 'sent')) = (told_at IS NULL)),
  CHECK (state <> 'renegotiated' OR successor IS NOT NULL)
) STRICT;
CREATE INDEX promise_look   ON promise (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX promise_case   ON promise (org_id, case_id, made_at);
CREATE INDEX promise_keeper ON promise (org_id, keeper_id, due_at) WHERE state = 'open';
CREATE INDEX promise_due    ON promise (org_id, due_at) WHERE state = 'open';
CREATE INDEX promise_ended  ON promise (org_id, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX promise_to     ON promise (org_id, to_person, made_at);
