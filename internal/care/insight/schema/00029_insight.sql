-- +goose Up
-- One row per promise or case and measure: what became of it.
CREATE TABLE insight_outcome (
  org_id  TEXT NOT NULL,
  measure TEXT NOT NULL CHECK (measure IN ('kept', 'answered', 'returned', 'told')),
  subject TEXT NOT NULL,               -- a promise or a case
  case_id TEXT NOT NULL,
  ref     TEXT NOT NULL,               -- what later facts name it by
  part    TEXT NOT NULL,               -- kind of promise, or channel of the question
  outcome TEXT NOT NULL,
  day     TEXT NOT NULL,               -- local: 2026-11-12
  at      INTEGER NOT NULL,
  PRIMARY KEY (org_id, measure, subject)
) STRICT;
CREATE INDEX insight_behind ON insight_outcome (org_id, measure, outcome, at, subject);
CREATE INDEX insight_ref    ON insight_outcome (org_id, ref, measure);

-- How many of them a day: what pages read.
CREATE TABLE insight_day (
  org_id  TEXT NOT NULL,
  measure TEXT NOT NULL,
  day     TEXT NOT NULL,
  part    TEXT NOT NULL,
  outcome TEXT NOT NULL,
  n       INTEGER NOT NULL CHECK (n >= 0),
  PRIMARY KEY (org_id, measure, day, part, outcome)
) STRICT;
