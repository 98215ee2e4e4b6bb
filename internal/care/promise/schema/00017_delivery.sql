-- +goose Up
-- What was asked and when it was really delivered: the record that advice about
-- promises rests on. One row for each thing that was promised, also when it was
-- moved to another time or broke before it came.
CREATE TABLE delivery (
  org_id       TEXT NOT NULL,
  delivery_id  TEXT NOT NULL,
  source       TEXT NOT NULL DEFAULT '',  -- '': from our own promises; else the history it was imported from
  kind         TEXT NOT NULL,
  team_id      TEXT NOT NULL DEFAULT '',
  case_id      TEXT,
  promise_id   TEXT,                      -- the promise by which it will come, or came
  asked_at     INTEGER NOT NULL,
  ended_at     INTEGER,
  delivered    INTEGER NOT NULL DEFAULT 0 CHECK (delivered IN (0, 1)),  -- 0 at an end: nobody waits for it any more
  waits        INTEGER NOT NULL DEFAULT 0 CHECK (waits IN (0, 1)),      -- its promise broke, and none has taken its place
  work_ms      INTEGER,                   -- working time from asked to ended
  PRIMARY KEY (org_id, delivery_id),
  FOREIGN KEY (org_id, promise_id) REFERENCES promise (org_id, promise_id),
  CHECK (ended_at IS NULL OR ended_at >= asked_at),
  CHECK ((ended_at IS NULL) = (work_ms IS NULL)),
  CHECK (ended_at IS NOT NULL OR delivered = 0),
  CHECK ((source = '') = (promise_id IS NOT NULL))
) STRICT;
CREATE INDEX delivery_team ON delivery (org_id, kind, team_id, asked_at);
CREATE INDEX delivery_kind ON delivery (org_id, kind, asked_at);
CREATE INDEX delivery_all ON delivery (org_id, asked_at);
CREATE UNIQUE INDEX delivery_promise ON delivery (org_id, promise_id) WHERE promise_id IS NOT NULL;
CREATE INDEX delivery_waits ON delivery (org_id, case_id, kind) WHERE waits = 1;
CREATE INDEX delivery_source ON delivery (org_id, source, delivery_id) WHERE source <> '';

-- The share at which a promise was advised, in thousandths; 0 when no record spoke for it.
ALTER TABLE promise ADD COLUMN odds INTEGER NOT NULL DEFAULT 0;
