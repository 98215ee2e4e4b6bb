-- +goose Up
-- What was written is the body of the fact, so that it can be erased.
CREATE TABLE note (
  org_id        TEXT NOT NULL,
  note_id       TEXT NOT NULL,
  case_id       TEXT NOT NULL,
  writer_id     TEXT NOT NULL,
  written_at    INTEGER NOT NULL,
  fact_id       TEXT NOT NULL,
  taken_back_at INTEGER CHECK (taken_back_at >= written_at),
  PRIMARY KEY (org_id, note_id),
  FOREIGN KEY (org_id, case_id) REFERENCES case_file (org_id, case_id),
  FOREIGN KEY (org_id, writer_id) REFERENCES member (org_id, member_id)
) STRICT;
CREATE INDEX note_case ON note (org_id, case_id, note_id);
CREATE INDEX note_writer ON note (org_id, writer_id, note_id);

CREATE TABLE note_mention (
  org_id    TEXT NOT NULL,
  note_id   TEXT NOT NULL,
  member_id TEXT NOT NULL,
  told_id   TEXT NOT NULL,   -- who got the signal: the same, or who stood in
  PRIMARY KEY (org_id, note_id, member_id),
  FOREIGN KEY (org_id, note_id) REFERENCES note (org_id, note_id),
  FOREIGN KEY (org_id, member_id) REFERENCES member (org_id, member_id),
  FOREIGN KEY (org_id, told_id) REFERENCES member (org_id, member_id)
) STRICT;
