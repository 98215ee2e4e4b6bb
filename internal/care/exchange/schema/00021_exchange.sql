-- +goose Up
-- A list of customers that somebody brought.
CREATE TABLE customer_import (
  org_id       TEXT NOT NULL,
  import_id    TEXT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('reading', 'mapping', 'checking', 'checked', 'running', 'stopped', 'done', 'undoing', 'undone', 'dropped')),
  form         TEXT NOT NULL CHECK (form IN ('csv', 'vcard')),
  file_name    TEXT NOT NULL,
  bytes        INTEGER NOT NULL,
  encoding     TEXT,
  separator    TEXT,
  head         INTEGER NOT NULL CHECK (head IN (0, 1)),  -- the first line names the columns
  columns      TEXT NOT NULL,            -- JSON: what was seen of each column, and what it is taken for
  choices      TEXT NOT NULL,            -- JSON: what happens with each group of rows
  tally        TEXT NOT NULL,            -- JSON: how many rows of each sort
  row_count    INTEGER NOT NULL,
  at_row       INTEGER NOT NULL,         -- how far the work is
  by_member    TEXT NOT NULL,
  confirmed_by TEXT,
  undone_by    TEXT,
  created_at   INTEGER NOT NULL,
  confirmed_at INTEGER,
  ended_at     INTEGER,
  touched_at   INTEGER NOT NULL,
  cleared      INTEGER NOT NULL DEFAULT 0 CHECK (cleared IN (0, 1)),  -- its rows are gone
  look_at      INTEGER,                  -- when there is something to do
  version      INTEGER NOT NULL,
  PRIMARY KEY (org_id, import_id),
  FOREIGN KEY (org_id, by_member) REFERENCES member (org_id, member_id),
  FOREIGN KEY (org_id, confirmed_by) REFERENCES member (org_id, member_id),
  FOREIGN KEY (org_id, undone_by) REFERENCES member (org_id, member_id),
  CHECK (state NOT IN ('running', 'stopped', 'done', 'undoing', 'undone') OR confirmed_by IS NOT NULL)
) STRICT;
CREATE INDEX customer_import_look ON customer_import (look_at) WHERE look_at IS NOT NULL;

CREATE TABLE customer_import_row (
  org_id    TEXT NOT NULL,
  import_id TEXT NOT NULL,
  row_no    INTEGER NOT NULL,            -- the line of the file, or the number of the card
  cells     TEXT NOT NULL,               -- JSON: a list of texts
  class     TEXT NOT NULL CHECK (class IN ('new', 'ok', 'part', 'wrong', 'twin')),
  problems  TEXT,                        -- JSON: where and what
  reason    TEXT,                        -- of a twin: what is the same
  twin_row  INTEGER,                     -- the earlier row of this list it is the same as
  twin_id   TEXT,                        -- the customer it is the same as
  choice    TEXT CHECK (choice IN ('skip', 'add', 'complete')),
  outcome   TEXT CHECK (outcome IN ('added', 'completed', 'failed', 'undone', 'kept')),
  person_id TEXT,                        -- who was added or completed
  facts     INTEGER,                     -- how many facts that made
  PRIMARY KEY (org_id, import_id, row_no),
  FOREIGN KEY (org_id, import_id) REFERENCES customer_import (org_id, import_id),
  CHECK (outcome IS NULL OR outcome NOT IN ('added', 'completed') OR person_id IS NOT NULL)
) STRICT;
CREATE INDEX customer_import_row_class ON customer_import_row (org_id, import_id, class, row_no);
CREATE INDEX customer_import_row_outcome ON customer_import_row (org_id, import_id, outcome, row_no) WHERE outcome IS NOT NULL;
-- A customer is added by one row at most.
CREATE UNIQUE INDEX customer_import_row_added ON customer_import_row (org_id, person_id) WHERE outcome = 'added';

-- By what the rows of a list can be the same: digests, of the first row that has it.
CREATE TABLE customer_import_key (
  org_id    TEXT NOT NULL,
  import_id TEXT NOT NULL,
  digest    TEXT NOT NULL,
  row_no    INTEGER NOT NULL,
  PRIMARY KEY (org_id, import_id, digest),
  FOREIGN KEY (org_id, import_id) REFERENCES customer_import (org_id, import_id)
) STRICT;

-- The number a customer had in the list they came from.
CREATE TABLE customer_number (
  org_id    TEXT NOT NULL,
  number    TEXT NOT NULL,               -- folded
  written   TEXT NOT NULL,               -- as it was
  person_id TEXT NOT NULL,
  PRIMARY KEY (org_id, number),
  FOREIGN KEY (org_id, person_id) REFERENCES person (org_id, person_id)
) STRICT;
CREATE INDEX customer_number_of ON customer_number (org_id, person_id);
