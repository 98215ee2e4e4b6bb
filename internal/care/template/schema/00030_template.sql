-- +goose Up
-- An organisation's own texts for answers.
CREATE TABLE answer_template (
  org_id      TEXT NOT NULL,
  template_id TEXT NOT NULL,
  name        TEXT NOT NULL CHECK (name <> ''),
  text_nl     TEXT NOT NULL CHECK (text_nl <> ''),
  text_en     TEXT NOT NULL CHECK (text_en <> ''),
  changed_by  TEXT NOT NULL,
  changed_at  INTEGER NOT NULL,
  version     INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, template_id),
  FOREIGN KEY (org_id) REFERENCES organisation (org_id)
) STRICT;
CREATE UNIQUE INDEX answer_template_name ON answer_template (org_id, name);
