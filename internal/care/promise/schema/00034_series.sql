-- +goose Up
-- Promises that follow one another: in steps, or again by a rule. At each moment
-- the current one is a row of promise; here is what comes after it.
CREATE TABLE series (
  org_id     TEXT NOT NULL,
  series_id  TEXT NOT NULL,
  case_id    TEXT NOT NULL,
  sort       TEXT NOT NULL CHECK (sort IN ('steps', 'rule')),
  what       TEXT NOT NULL,           -- of what repeats; of the first step otherwise
  kind       TEXT NOT NULL,
  to_person  TEXT NOT NULL,
  keeper_id  TEXT NOT NULL,           -- a member or a team; who stands in is looked up when the turn comes
  channel    TEXT NOT NULL,
  rule       TEXT NOT NULL,           -- of what repeats: JSON
  day        TEXT,                    -- of what repeats: the day the newest promise is about
  position   INTEGER NOT NULL,        -- which step is promised now
  state      TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'ended')),
  made_by    TEXT NOT NULL,
  made_at    INTEGER NOT NULL,
  ended_at   INTEGER,
  ended_by   TEXT,
  ended_how  TEXT,                    -- done, stopped, or the reason for which the case closed
  why        TEXT,                    -- why it stopped
  version    INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, series_id),
  FOREIGN KEY (org_id, to_person) REFERENCES person (org_id, person_id),
  CHECK (position >= 1),
  CHECK ((state = 'open') = (ended_at IS NULL)),
  CHECK ((state = 'open') = (ended_how IS NULL)),
  CHECK ((sort = 'rule') = (day IS NOT NULL)),
  CHECK (ended_how IS NULL OR ended_how <> 'stopped' OR why IS NOT NULL)
) STRICT;
CREATE INDEX series_case ON series (org_id, case_id, made_at);

-- The steps after the first one.
CREATE TABLE series_step (
  org_id     TEXT NOT NULL,
  series_id  TEXT NOT NULL,
  position   INTEGER NOT NULL,
  what       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  keeper_id  TEXT NOT NULL,
  from_at    INTEGER,
  due_at     INTEGER,                 -- a clock time,
  after_n    INTEGER NOT NULL DEFAULT 0,
  after_unit TEXT CHECK (after_unit IN ('hour', 'day')),  -- or so much working time after the step before it was kept
  PRIMARY KEY (org_id, series_id, position),
  FOREIGN KEY (org_id, series_id) REFERENCES series (org_id, series_id),
  CHECK (position BETWEEN 2 AND 20),
  CHECK (from_at IS NULL OR due_at IS NOT NULL AND from_at < due_at),
  CHECK ((due_at IS NULL) = (after_n > 0)),
  CHECK ((after_n > 0) = (after_unit IS NOT NULL))
) STRICT;
