-- +goose Up
-- Documents that are files: what they are, and whether a scanner looked.
CREATE TABLE document_file (
  org_id      TEXT NOT NULL,
  document_id TEXT NOT NULL,
  media       TEXT NOT NULL,         -- by its content, never by its name
  size        INTEGER NOT NULL CHECK (size > 0),
  sha256      TEXT NOT NULL CHECK (LENGTH(sha256) = 64),
  state       TEXT NOT NULL CHECK (state IN ('scanning', 'clean', 'infected', 'unscanned')),
  checked_at  INTEGER,
  finding     TEXT,                  -- what the scanner called it
  PRIMARY KEY (org_id, document_id),
  FOREIGN KEY (org_id, document_id) REFERENCES document (org_id, document_id),
  CHECK ((state IN ('clean', 'infected')) = (checked_at IS NOT NULL))
) STRICT;

-- Their content in pieces, so that no row is large.
CREATE TABLE document_chunk (
  org_id      TEXT NOT NULL,
  document_id TEXT NOT NULL,
  n           INTEGER NOT NULL,
  bytes       BLOB NOT NULL,
  PRIMARY KEY (org_id, document_id, n),
  FOREIGN KEY (org_id, document_id) REFERENCES document_file (org_id, document_id)
) STRICT;
