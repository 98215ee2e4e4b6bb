-- +goose Up
CREATE TABLE person (
  org_id      TEXT NOT NULL,
  person_id   TEXT NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('person', 'company')),
  name        TEXT NOT NULL,
  call_name   TEXT,
  birth_date  TEXT,                   -- 1984-03-02
  language    TEXT NOT NULL CHECK (language IN ('nl', 'en')),
  search      TEXT NOT NULL,          -- the folded name
  merged_into TEXT CHECK (merged_into <> person_id),
  deceased_at INTEGER,
  created_at  INTEGER NOT NULL,
  version     INTEGER NOT NULL,
  PRIMARY KEY (org_id, person_id),
  FOREIGN KEY (org_id) REFERENCES organisation (org_id),
  FOREIGN KEY (org_id, merged_into) REFERENCES person (org_id, person_id),
  CHECK (kind = 'person' OR birth_date IS NULL)
) STRICT;
CREATE INDEX person_merged ON person (org_id, merged_into) WHERE merged_into IS NOT NULL;

-- What a person can be found by, folded: words of the name, digits of phone
-- numbers, e-mail addresses, the birth date.
CREATE TABLE person_term (
  org_id    TEXT NOT NULL,
  term      TEXT NOT NULL,
  person_id TEXT NOT NULL,
  PRIMARY KEY (org_id, term, person_id),
  FOREIGN KEY (org_id, person_id) REFERENCES person (org_id, person_id)
) STRICT;
CREATE INDEX person_term_of ON person_term (org_id, person_id, term);

CREATE TABLE contact_point (
  org_id      TEXT NOT NULL,
  point_id    TEXT NOT NULL,
  person_id   TEXT NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('phone', 'sms', 'email', 'post')),
  value       TEXT NOT NULL,
  label       TEXT,
  rank        INTEGER NOT NULL CHECK (rank <> 0),  -- 1 is preferred; negative only while they are reordered
  hours       TEXT,                   -- JSON: a week; when the person can be reached here
  refused     INTEGER NOT NULL DEFAULT 0 CHECK (refused IN (0, 1)),
  verified_at INTEGER,
  usable      INTEGER NOT NULL DEFAULT 1 CHECK (usable IN (0, 1)),
  created_at  INTEGER NOT NULL,
  version     INTEGER NOT NULL,
  PRIMARY KEY (org_id, point_id),
  FOREIGN KEY (org_id, person_id) REFERENCES person (org_id, person_id)
) STRICT;
CREATE UNIQUE INDEX contact_point_rank ON contact_point (org_id, person_id, rank);
CREATE UNIQUE INDEX contact_point_once ON contact_point (org_id, person_id, kind, value);
CREATE INDEX contact_point_value ON contact_point (org_id, value, person_id);

CREATE TABLE matter (
  org_id    TEXT NOT NULL,
  matter_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  text      TEXT NOT NULL,
  said_at   INTEGER NOT NULL,
  said_by   TEXT NOT NULL CHECK (said_by IN ('self', 'member')),
  by_member TEXT,
  ended_at  INTEGER,
  PRIMARY KEY (org_id, matter_id),
  FOREIGN KEY (org_id, person_id) REFERENCES person (org_id, person_id),
  FOREIGN KEY (org_id, by_member) REFERENCES member (org_id, member_id),
  CHECK ((said_by = 'member') = (by_member IS NOT NULL))
) STRICT;
CREATE INDEX matter_open ON matter (org_id, person_id, matter_id) WHERE ended_at IS NULL;

CREATE TABLE representation (
  org_id            TEXT NOT NULL,
  representation_id TEXT NOT NULL,
  person_id         TEXT NOT NULL,    -- who is represented
  by_person_id      TEXT NOT NULL CHECK (by_person_id <> person_id),
  basis             TEXT NOT NULL CHECK (basis IN ('parent', 'guardian', 'mandate', 'partner', 'care-worker', 'employee')),
  since             INTEGER NOT NULL,
  until             INTEGER,
  seen_by           TEXT,             -- the member who saw the proof
  PRIMARY KEY (org_id, representation_id),
  FOREIGN KEY (org_id, person_id) REFERENCES person (org_id, person_id),
  FOREIGN KEY (org_id, by_person_id) REFERENCES person (org_id, person_id),
  FOREIGN KEY (org_id, seen_by) REFERENCES member (org_id, member_id),
  CHECK (until IS NULL OR until >= since)
) STRICT;
CREATE UNIQUE INDEX representation_open ON representation (org_id, person_id, by_person_id) WHERE until IS NULL;
CREATE INDEX representation_of ON representation (org_id, person_id, representation_id);
CREATE INDEX representation_by ON representation (org_id, by_person_id, representation_id);
