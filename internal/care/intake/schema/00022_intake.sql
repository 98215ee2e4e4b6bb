-- +goose Up
-- What an organisation changed in or added to the list of red flags. A flag of
-- the program that nobody changed has no row.
CREATE TABLE red_flag (
  org_id     TEXT NOT NULL,
  flag_id    TEXT NOT NULL,
  name       TEXT NOT NULL,
  words      TEXT NOT NULL,           -- JSON: a list of phrases
  ask        TEXT NOT NULL,           -- one question a line
  act        TEXT NOT NULL,           -- what to do, one step a line
  active     INTEGER NOT NULL CHECK (active IN (0, 1)),
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL,           -- a member, or 'system'
  version    INTEGER NOT NULL,
  PRIMARY KEY (org_id, flag_id),
  FOREIGN KEY (org_id) REFERENCES organisation (org_id)
) STRICT;

-- Callers who did not say who they were: a customer without a name, until
-- somebody recognises them.
CREATE TABLE anonymous_caller (
  org_id    TEXT NOT NULL,
  person_id TEXT NOT NULL,
  called_at INTEGER NOT NULL,
  known_as  TEXT CHECK (known_as <> person_id),
  known_at  INTEGER,
  PRIMARY KEY (org_id, person_id),
  FOREIGN KEY (org_id, person_id) REFERENCES person (org_id, person_id),
  FOREIGN KEY (org_id, known_as) REFERENCES person (org_id, person_id),
  CHECK ((known_as IS NULL) = (known_at IS NULL))
) STRICT;
CREATE INDEX anonymous_caller_known ON anonymous_caller (org_id, known_as) WHERE known_as IS NOT NULL;
