-- +goose Up
-- Whose Today a member looked at last: a team of theirs, or everybody ('all').
-- Without a row it is their own.
CREATE TABLE today_scope (
  org_id    TEXT NOT NULL,
  member_id TEXT NOT NULL,
  scope     TEXT NOT NULL,
  PRIMARY KEY (org_id, member_id),
  FOREIGN KEY (org_id, member_id) REFERENCES member (org_id, member_id)
) STRICT;
