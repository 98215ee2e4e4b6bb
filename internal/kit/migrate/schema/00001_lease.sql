-- +goose Up
-- Who may do what only one node does at a time. The row is locked while the
-- work is committed, so a holder that lost its lease cannot finish.
CREATE TABLE lease (
  name   TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  until  INTEGER NOT NULL
) STRICT;
