-- +goose Up
-- What two customers are to each other at home. One row per pair, the smaller
-- id first; word is what other is to person. A suggestion is no row: it is
-- worked out anew each time. 'dismissed' and 'hidden' are never suggested
-- again; why something was hidden stands in its fact only.
CREATE TABLE household_tie (
  org_id     TEXT NOT NULL,
  tie_id     TEXT NOT NULL,
  person_id  TEXT NOT NULL,
  other_id   TEXT NOT NULL CHECK (other_id > person_id),
  word       TEXT CHECK (word IN ('partner', 'child', 'parent', 'lives-with')),
  state      TEXT NOT NULL CHECK (state IN ('confirmed', 'dismissed', 'hidden')),
  since      INTEGER NOT NULL,       -- when it came to be so
  by_member  TEXT,                   -- who said so
  created_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, tie_id),
  FOREIGN KEY (org_id, person_id) REFERENCES person (org_id, person_id),
  FOREIGN KEY (org_id, other_id) REFERENCES person (org_id, person_id),
  FOREIGN KEY (org_id, by_member) REFERENCES member (org_id, member_id),
  CHECK (state <> 'confirmed' OR word IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX household_tie_pair ON household_tie (org_id, person_id, other_id);
CREATE INDEX household_tie_other ON household_tie (org_id, other_id, person_id);

-- The people through whom a company speaks. Who may act for it is recorded as
-- a representation with the basis 'employee'.
CREATE TABLE company_contact (
  org_id     TEXT NOT NULL,
  contact_id TEXT NOT NULL,
  company_id TEXT NOT NULL,
  person_id  TEXT NOT NULL CHECK (person_id <> company_id),
  function   TEXT,
  since      INTEGER NOT NULL,
  until      INTEGER,
  by_member  TEXT,
  version    INTEGER NOT NULL,
  PRIMARY KEY (org_id, contact_id),
  FOREIGN KEY (org_id, company_id) REFERENCES person (org_id, person_id),
  FOREIGN KEY (org_id, person_id) REFERENCES person (org_id, person_id),
  FOREIGN KEY (org_id, by_member) REFERENCES member (org_id, member_id),
  CHECK (until IS NULL OR until >= since)
) STRICT;
CREATE UNIQUE INDEX company_contact_open ON company_contact (org_id, company_id, person_id) WHERE until IS NULL;
CREATE INDEX company_contact_of ON company_contact (org_id, company_id, contact_id);
CREATE INDEX company_contact_by ON company_contact (org_id, person_id, contact_id);

-- What a customer agreed to, and took back again: each time a new row; the
-- newest of a purpose is how it is now.
CREATE TABLE consent (
  org_id     TEXT NOT NULL,
  consent_id TEXT NOT NULL,
  person_id  TEXT NOT NULL,
  purpose    TEXT NOT NULL CHECK (purpose IN ('sms', 'email-reminders', 'share-papers', 'survey', 'news')),
  given      INTEGER NOT NULL CHECK (given IN (0, 1)),
  by_person  TEXT NOT NULL,          -- themselves, or who speaks for them
  how        TEXT NOT NULL CHECK (how IN ('spoken', 'paper', 'email', 'page')),
  at         INTEGER NOT NULL,
  by_member  TEXT,                   -- who wrote it down; nobody when by the customer
  PRIMARY KEY (org_id, consent_id),
  FOREIGN KEY (org_id, person_id) REFERENCES person (org_id, person_id),
  FOREIGN KEY (org_id, by_person) REFERENCES person (org_id, person_id),
  FOREIGN KEY (org_id, by_member) REFERENCES member (org_id, member_id)
) STRICT;
CREATE INDEX consent_of ON consent (org_id, person_id, consent_id);

-- A parent or guardian decides together with the other one unless recorded
-- otherwise: alone, or not at all.
ALTER TABLE representation ADD COLUMN authority TEXT NOT NULL DEFAULT 'joint' CHECK (authority IN ('joint', 'sole', 'none'));
