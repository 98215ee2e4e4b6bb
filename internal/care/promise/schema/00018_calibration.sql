-- +goose Up
-- What came of promises at the odds they were made at, as the nightly check
-- found it: one row for each odds and one for all (0).
CREATE TABLE calibration (
  org_id      TEXT NOT NULL,
  odds        INTEGER NOT NULL,  -- in thousandths, to the nearest twentieth; 0: all together
  checked_at  INTEGER NOT NULL,
  since       INTEGER NOT NULL,
  expected    INTEGER NOT NULL,  -- the mean of the odds, in thousandths
  promises    INTEGER NOT NULL,
  kept        INTEGER NOT NULL,
  PRIMARY KEY (org_id, odds),
  CHECK (kept BETWEEN 0 AND promises)
) STRICT;
CREATE INDEX promise_odds ON promise (org_id, ended_at) WHERE odds > 0 AND ended_at IS NOT NULL;
