-- +goose Up
-- Which step of a series a promise keeps, and whether it only stands in for one
-- that broke until that step is promised anew.
ALTER TABLE promise ADD COLUMN series_id TEXT;
ALTER TABLE promise ADD COLUMN step      INTEGER NOT NULL DEFAULT 0;
ALTER TABLE promise ADD COLUMN stands_in INTEGER NOT NULL DEFAULT 0 CHECK (stands_in IN (0, 1));
-- Its time follows from a rule, so it says nothing about how long things take.
ALTER TABLE promise ADD COLUMN recurs    INTEGER NOT NULL DEFAULT 0 CHECK (recurs IN (0, 1));
CREATE INDEX promise_series ON promise (org_id, series_id, step, made_at) WHERE series_id IS NOT NULL;
