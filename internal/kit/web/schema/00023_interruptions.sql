-- +goose Up
-- Until when a claim is held: its process holds on to it while it works. A
-- claim nobody holds any more was left by a process that stopped, and nobody
-- knows how far it came.
ALTER TABLE idempotency ADD COLUMN held_until INTEGER;

-- What somebody typed into a form and has not sent yet. A row without fields
-- says that the form was sent: what was on its way then comes too late.
CREATE TABLE draft (
  org_id     TEXT NOT NULL,
  account_id TEXT NOT NULL,
  dkey       TEXT NOT NULL,          -- of the form: 'case:<id>:contact'
  form       TEXT NOT NULL,          -- one showing of it
  path       TEXT NOT NULL,          -- of the page it stands on
  title      TEXT NOT NULL,
  fields     TEXT NOT NULL,          -- as a form sends them; '' when it was sent
  saved_at   INTEGER NOT NULL,
  PRIMARY KEY (org_id, account_id, dkey)
) STRICT;
CREATE INDEX draft_age ON draft (org_id, saved_at);

-- Who has a page about a record open, and whether they are typing in it. Gone
-- after half a minute without a sign of life.
CREATE TABLE presence (
  org_id    TEXT NOT NULL,
  about     TEXT NOT NULL,           -- 'case:<id>'
  member_id TEXT NOT NULL,
  name      TEXT NOT NULL,
  typing_at INTEGER,
  seen_at   INTEGER NOT NULL,
  PRIMARY KEY (org_id, about, member_id)
) STRICT;
CREATE INDEX presence_age ON presence (org_id, seen_at);
