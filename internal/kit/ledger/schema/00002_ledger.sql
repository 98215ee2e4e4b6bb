-- +goose Up
CREATE TABLE fact (
  org_id      TEXT NOT NULL,
  id          TEXT NOT NULL,
  at          INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  case_id     TEXT,
  question_id TEXT,
  person_id   TEXT,
  actor_kind  TEXT NOT NULL,
  actor_id    TEXT NOT NULL,
  data        TEXT NOT NULL,
  digest      TEXT,                 -- of the salted body, when there is one
  seq         INTEGER,              -- place in the chain of the organisation
  pos         INTEGER,              -- place in the feed of the installation
  hash        TEXT,
  PRIMARY KEY (org_id, id),
  CHECK ((seq IS NULL) = (pos IS NULL) AND (seq IS NULL) = (hash IS NULL))
) STRICT;
CREATE INDEX fact_unsealed ON fact (org_id, id) WHERE pos IS NULL;
CREATE UNIQUE INDEX fact_chain ON fact (org_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX fact_case ON fact (org_id, case_id, id) WHERE case_id IS NOT NULL;
CREATE INDEX fact_person ON fact (org_id, person_id, id) WHERE person_id IS NOT NULL;
-- The feed is one for the installation, so its index is not led by org_id.
CREATE INDEX fact_feed ON fact (pos) WHERE pos IS NOT NULL;

CREATE TABLE fact_body (
  org_id  TEXT NOT NULL,
  fact_id TEXT NOT NULL,
  salt    TEXT NOT NULL,
  text    TEXT NOT NULL,
  PRIMARY KEY (org_id, fact_id),
  FOREIGN KEY (org_id, fact_id) REFERENCES fact (org_id, id)
) STRICT;

CREATE TABLE ledger_head (
  org_id TEXT NOT NULL PRIMARY KEY,
  seq    INTEGER NOT NULL,
  hash   TEXT NOT NULL
) STRICT;

CREATE TABLE ledger_feed (
  one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  pos INTEGER NOT NULL
) STRICT;
INSERT INTO ledger_feed (one, pos) VALUES (1, 0);

CREATE TABLE follower (
  name     TEXT NOT NULL PRIMARY KEY,
  pos      INTEGER NOT NULL,
  fails    INTEGER NOT NULL DEFAULT 0,
  retry_at INTEGER
) STRICT;

-- A fact that a follower could not digest after all its tries: put aside, for
-- a person, so that what comes after it is not held up.
CREATE TABLE follower_dead (
  name    TEXT NOT NULL,
  pos     INTEGER NOT NULL,
  org_id  TEXT NOT NULL,
  fact_id TEXT NOT NULL,
  at      INTEGER NOT NULL,
  error   TEXT NOT NULL,
  PRIMARY KEY (name, pos)
) STRICT;
