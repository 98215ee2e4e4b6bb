-- +goose Up
CREATE TABLE job (
  org_id   TEXT NOT NULL,           -- '*' for work of the installation itself
  id       TEXT NOT NULL,
  kind     TEXT NOT NULL,
  ukey     TEXT,                    -- business key: one waiting job per kind and key
  payload  TEXT NOT NULL,
  run_at   INTEGER NOT NULL,        -- due, or the end of the lease while it runs
  attempt  INTEGER NOT NULL DEFAULT 0,
  leased   INTEGER NOT NULL DEFAULT 0,
  dead_at  INTEGER,
  error    TEXT,
  PRIMARY KEY (org_id, id)
) STRICT;
CREATE INDEX job_due ON job (run_at) WHERE dead_at IS NULL;
CREATE UNIQUE INDEX job_key ON job (org_id, kind, ukey) WHERE dead_at IS NULL AND leased = 0 AND ukey IS NOT NULL;
CREATE INDEX job_dead ON job (org_id, dead_at) WHERE dead_at IS NOT NULL;
