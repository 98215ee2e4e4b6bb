-- +goose Up
-- Two customers who may be one, found when one of them was added or changed;
-- 'apart' is remembered. The smaller id first.
CREATE TABLE likeness (
  org_id    TEXT NOT NULL,
  like_id   TEXT NOT NULL,
  person_id TEXT NOT NULL,
  other_id  TEXT NOT NULL CHECK (other_id > person_id),
  why       TEXT NOT NULL,            -- 'birth-date phone'
  state     TEXT NOT NULL CHECK (state IN ('maybe', 'apart')),
  by_member TEXT,                     -- who said that they are two
  found_at  INTEGER NOT NULL,
  PRIMARY KEY (org_id, like_id),
  FOREIGN KEY (org_id, person_id) REFERENCES person (org_id, person_id),
  FOREIGN KEY (org_id, other_id) REFERENCES person (org_id, person_id),
  FOREIGN KEY (org_id, by_member) REFERENCES member (org_id, member_id)
) STRICT;
CREATE UNIQUE INDEX likeness_pair ON likeness (org_id, person_id, other_id);
CREATE INDEX likeness_other ON likeness (org_id, other_id, person_id);
CREATE INDEX likeness_maybe ON likeness (org_id, like_id) WHERE state = 'maybe';

-- Who was joined to whom, by whom, and when it was undone: person.merged_into
-- says how it is, this how it came to be.
CREATE TABLE person_merge (
  org_id    TEXT NOT NULL,
  merge_id  TEXT NOT NULL,
  person_id TEXT NOT NULL CHECK (person_id <> into_id),
  into_id   TEXT NOT NULL,
  merged_at INTEGER NOT NULL,
  merged_by TEXT NOT NULL,            -- a member, or the key of one
  undone_at INTEGER,
  undone_by TEXT,
  PRIMARY KEY (org_id, merge_id),
  FOREIGN KEY (org_id, person_id) REFERENCES person (org_id, person_id),
  FOREIGN KEY (org_id, into_id) REFERENCES person (org_id, person_id),
  CHECK ((undone_at IS NULL) = (undone_by IS NULL))
) STRICT;
CREATE UNIQUE INDEX person_merge_open ON person_merge (org_id, person_id) WHERE undone_at IS NULL;
CREATE INDEX person_merge_into ON person_merge (org_id, into_id, merge_id);
