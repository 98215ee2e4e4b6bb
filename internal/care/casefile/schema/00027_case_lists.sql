-- +goose Up
-- What lists of cases are filtered and ordered by stands in the row itself, so
-- that each filter walks one index.
ALTER TABLE case_file ADD COLUMN next_kind  TEXT;                        -- of the promise that falls due first
ALTER TABLE case_file ADD COLUMN came_back  INTEGER NOT NULL DEFAULT 0;  -- how often it was opened again or passed around
ALTER TABLE case_file ADD COLUMN waiting_by INTEGER;                     -- until when we wait for somebody; NULL: we do not
ALTER TABLE case_file ADD COLUMN merged_into TEXT;                       -- the case in which this question goes on
UPDATE case_file SET next_kind = (SELECT p.kind FROM promise p WHERE p.org_id = case_file.org_id AND p.case_id = case_file.case_id
  AND p.state = 'open' ORDER BY p.due_at, p.promise_id LIMIT 1) WHERE closed_at IS NULL;
UPDATE case_file SET came_back = 1 WHERE closed_at IS NULL AND EXISTS (SELECT 1 FROM fact f WHERE f.org_id = case_file.org_id
  AND f.case_id = case_file.case_id AND f.kind IN ('case.reopened', 'bounce.counted'));

CREATE INDEX case_age     ON case_file (org_id, opened_at, case_id) WHERE closed_at IS NULL;
CREATE INDEX case_own_age ON case_file (org_id, owner_id, opened_at, case_id) WHERE closed_at IS NULL;
CREATE INDEX case_team    ON case_file (org_id, team_id, next_due, case_id) WHERE closed_at IS NULL;
CREATE INDEX case_kind    ON case_file (org_id, next_kind, next_due, case_id) WHERE closed_at IS NULL;
CREATE INDEX case_urgent  ON case_file (org_id, next_due, case_id) WHERE closed_at IS NULL AND urgent = 1;
CREATE INDEX case_back    ON case_file (org_id, next_due, case_id) WHERE closed_at IS NULL AND came_back > 0;
CREATE INDEX case_waits   ON case_file (org_id, next_due, case_id) WHERE closed_at IS NULL AND waiting_by IS NOT NULL;
CREATE INDEX case_merged  ON case_file (org_id, merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX case_shut_by ON case_file (org_id, owner_id, closed_at, case_id) WHERE closed_at IS NOT NULL;

-- Whom we wait for, and until when: beside the promises, which go on.
CREATE TABLE waiting (
  org_id     TEXT NOT NULL,
  waiting_id TEXT NOT NULL,
  case_id    TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('customer', 'other')),
  whom       TEXT,                   -- who it is when not the customer
  what       TEXT NOT NULL,          -- what we wait for
  since      INTEGER NOT NULL,
  until_at   INTEGER NOT NULL,       -- then we look again: the promise below falls due
  promise_id TEXT NOT NULL,
  set_by     TEXT NOT NULL,
  ended_at   INTEGER,
  ended_by   TEXT,
  ended_how  TEXT CHECK (ended_how IN ('answered', 'by-hand', 'again', 'closed')),
  PRIMARY KEY (org_id, waiting_id),
  FOREIGN KEY (org_id, case_id) REFERENCES case_file (org_id, case_id),
  CHECK (until_at > since),
  CHECK ((ended_at IS NULL) = (ended_how IS NULL)),
  CHECK ((ended_at IS NULL) = (ended_by IS NULL))
) STRICT;
CREATE UNIQUE INDEX waiting_one   ON waiting (org_id, case_id) WHERE ended_at IS NULL;
CREATE INDEX        waiting_since ON waiting (org_id, since, waiting_id) WHERE ended_at IS NULL;
CREATE INDEX        waiting_case  ON waiting (org_id, case_id, since);

-- Two cases that have to do with each other. Each pair stands here once.
CREATE TABLE case_link (
  org_id  TEXT NOT NULL,
  case_a  TEXT NOT NULL,
  case_b  TEXT NOT NULL,
  why     TEXT NOT NULL,
  by      TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (org_id, case_a, case_b),
  FOREIGN KEY (org_id, case_a) REFERENCES case_file (org_id, case_id),
  FOREIGN KEY (org_id, case_b) REFERENCES case_file (org_id, case_id),
  CHECK (case_a < case_b)
) STRICT;
CREATE INDEX case_link_b ON case_link (org_id, case_b);

-- Filters that people keep, for themselves, a team or everybody.
CREATE TABLE saved_filter (
  org_id     TEXT NOT NULL,
  filter_id  TEXT NOT NULL,
  name       TEXT NOT NULL,
  query      TEXT,                    -- as in the address of the list; NULL is everything
  owner_id   TEXT NOT NULL,
  share      TEXT NOT NULL CHECK (share IN ('own', 'team', 'all')),
  team_id    TEXT,
  created_at INTEGER NOT NULL,
  version    INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, filter_id),
  FOREIGN KEY (org_id, owner_id) REFERENCES member (org_id, member_id),
  CHECK ((share = 'team') = (team_id IS NOT NULL))
) STRICT;
CREATE INDEX saved_filter_owner ON saved_filter (org_id, owner_id, created_at);
CREATE INDEX saved_filter_share ON saved_filter (org_id, share, team_id, created_at);
