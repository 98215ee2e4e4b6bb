-- +goose Up
CREATE TABLE absence (
  org_id      TEXT NOT NULL,
  absence_id  TEXT NOT NULL,
  member_id   TEXT NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('ill', 'planned')),
  from_at     INTEGER NOT NULL,
  until_at    INTEGER,               -- NULL: until further notice
  all_cases   INTEGER NOT NULL CHECK (all_cases IN (0, 1)),
  stand_in_id TEXT,                  -- chosen and asked, because no deputy is there
  state       TEXT NOT NULL CHECK (state IN ('planned', 'arranging', 'arranged', 'returning', 'ended')),
  made_by     TEXT NOT NULL,
  made_at     INTEGER NOT NULL,
  arranged_at INTEGER,
  ended_at    INTEGER,
  ended_by    TEXT,
  look_at     INTEGER,
  version     INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, absence_id),
  FOREIGN KEY (org_id, member_id) REFERENCES member (org_id, member_id),
  FOREIGN KEY (org_id, stand_in_id) REFERENCES member (org_id, member_id),
  CHECK (until_at IS NULL OR from_at < until_at),
  CHECK (stand_in_id <> member_id),
  CHECK ((state IN ('returning', 'ended')) = (ended_at IS NOT NULL)),
  CHECK ((ended_at IS NULL) = (ended_by IS NULL))
) STRICT;
-- One absence at a time is going on.
CREATE UNIQUE INDEX absence_now ON absence (org_id, member_id) WHERE state IN ('arranging', 'arranged');
CREATE INDEX absence_member ON absence (org_id, member_id, from_at);
CREATE INDEX absence_open   ON absence (org_id, from_at, absence_id) WHERE state <> 'ended';
-- The watch is one for the installation, so its index is not led by org_id.
CREATE INDEX absence_look   ON absence (look_at) WHERE look_at IS NOT NULL;

-- What becomes of each promise and case: chosen beforehand (wanted) or done.
CREATE TABLE absence_item (
  org_id     TEXT NOT NULL,
  absence_id TEXT NOT NULL,
  item_id    TEXT NOT NULL,          -- the promise, or the case
  kind       TEXT NOT NULL CHECK (kind IN ('promise', 'case')),
  case_id    TEXT NOT NULL,
  action     TEXT NOT NULL CHECK (action IN ('hand', 'move', 'stay')),
  state      TEXT NOT NULL CHECK (state IN ('wanted', 'done', 'failed', 'offered-back', 'settled')),
  to_member  TEXT,
  due_at     INTEGER,                -- as it was
  new_from   INTEGER,
  new_due    INTEGER,
  new_id     TEXT,                   -- the promise that takes its place
  phone_now  INTEGER NOT NULL DEFAULT 0 CHECK (phone_now IN (0, 1)),
  told       INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1)),
  code       TEXT,                   -- why it failed
  at         INTEGER NOT NULL,
  PRIMARY KEY (org_id, absence_id, item_id),
  FOREIGN KEY (org_id, absence_id) REFERENCES absence (org_id, absence_id),
  FOREIGN KEY (org_id, case_id) REFERENCES case_file (org_id, case_id),
  CHECK (action <> 'move' OR new_due IS NOT NULL),
  CHECK (state <> 'failed' OR code IS NOT NULL)
) STRICT;
CREATE INDEX absence_item_state ON absence_item (org_id, absence_id, state, item_id);
