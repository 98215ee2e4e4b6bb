-- +goose Up
CREATE TABLE case_number (
  org_id TEXT NOT NULL PRIMARY KEY,
  last   INTEGER NOT NULL
) STRICT;

CREATE TABLE case_file (
  org_id        TEXT NOT NULL,
  case_id       TEXT NOT NULL,
  number        INTEGER NOT NULL,
  question_id   TEXT NOT NULL,
  subject       TEXT NOT NULL,
  person_id     TEXT NOT NULL,       -- whom it is about
  asker_id      TEXT NOT NULL,       -- who asks: the same, or who speaks for them
  owner_id      TEXT NOT NULL,       -- one person answers for it, always
  owner_since   INTEGER NOT NULL,
  team_id       TEXT,
  channel       TEXT NOT NULL,
  opened_at     INTEGER NOT NULL,
  open_promises INTEGER NOT NULL,
  next_due      INTEGER,
  breaks_in_row INTEGER NOT NULL DEFAULT 0,
  urgent        INTEGER NOT NULL DEFAULT 0,
  closed_at     INTEGER,
  close_reason  TEXT CHECK (close_reason IN ('agreed', 'silence', 'handed-over', 'withdrawn', 'mistake', 'merged', 'deceased', 'sent-away')),
  version       INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, case_id),
  UNIQUE (org_id, number),
  UNIQUE (org_id, question_id),
  FOREIGN KEY (org_id, owner_id) REFERENCES member (org_id, member_id),
  FOREIGN KEY (org_id, person_id) REFERENCES person (org_id, person_id),
  FOREIGN KEY (org_id, asker_id) REFERENCES person (org_id, person_id),
  CHECK (closed_at IS NOT NULL OR open_promises > 0),
  CHECK (closed_at IS NULL OR open_promises = 0),
  CHECK ((closed_at IS NULL) = (close_reason IS NULL)),
  CHECK ((closed_at IS NULL) = (next_due IS NOT NULL))
) STRICT;
CREATE INDEX case_open   ON case_file (org_id, next_due, case_id) WHERE closed_at IS NULL;
CREATE INDEX case_owner  ON case_file (org_id, owner_id, next_due, case_id) WHERE closed_at IS NULL;
CREATE INDEX case_closed ON case_file (org_id, closed_at, case_id) WHERE closed_at IS NOT NULL;
CREATE INDEX case_person ON case_file (org_id, person_id, opened_at);
CREATE INDEX case_asker  ON case_file (org_id, asker_id, opened_at);

CREATE TABLE contact_moment (
  org_id     TEXT NOT NULL,
  contact_id TEXT NOT NULL,
  case_id    TEXT NOT NULL,
  person_id  TEXT NOT NULL,
  at         INTEGER NOT NULL,
  direction  TEXT NOT NULL CHECK (direction IN ('in', 'out')),
  channel    TEXT NOT NULL,
  member_id  TEXT,
  said       TEXT,
  visible    INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, contact_id),
  FOREIGN KEY (org_id, case_id) REFERENCES case_file (org_id, case_id)
) STRICT;
CREATE INDEX contact_case   ON contact_moment (org_id, case_id, at);
CREATE INDEX contact_person ON contact_moment (org_id, person_id, at);

-- The right to come back directly, with an end date.
CREATE TABLE return_door (
  org_id    TEXT NOT NULL,
  door_id   TEXT NOT NULL,
  person_id TEXT NOT NULL,
  case_id   TEXT NOT NULL,
  given_by  TEXT NOT NULL,
  given_at  INTEGER NOT NULL,
  condition TEXT NOT NULL,
  until     INTEGER NOT NULL,
  used_at   INTEGER,
  used_case TEXT,
  PRIMARY KEY (org_id, door_id),
  CHECK (until > given_at),
  CHECK ((used_at IS NULL) = (used_case IS NULL)),
  FOREIGN KEY (org_id, person_id) REFERENCES person (org_id, person_id)
) STRICT;
CREATE INDEX door_person ON return_door (org_id, person_id, until);

CREATE TABLE document (
  org_id      TEXT NOT NULL,
  document_id TEXT NOT NULL,
  case_id     TEXT NOT NULL,
  question_id TEXT NOT NULL,
  person_id   TEXT NOT NULL,
  kind        TEXT NOT NULL,
  name        TEXT NOT NULL,
  content     TEXT,                  -- NULL: it is a file
  from_org    TEXT,                  -- who provided it, when another organisation did
  added_by    TEXT NOT NULL,
  added_at    INTEGER NOT NULL,
  PRIMARY KEY (org_id, document_id),
  FOREIGN KEY (org_id, case_id) REFERENCES case_file (org_id, case_id)
) STRICT;
CREATE INDEX document_case   ON document (org_id, case_id, added_at);
CREATE INDEX document_person ON document (org_id, person_id, kind, added_at);

-- Which organisations hold a case of a question: what the customer's page reads.
CREATE TABLE question_party (
  question_id TEXT NOT NULL,
  org_id      TEXT NOT NULL,
  joined_at   INTEGER NOT NULL,
  PRIMARY KEY (question_id, org_id)
) STRICT;
