-- +goose Up
-- The words of the subject of a case, folded. Nothing else: what was said in a
-- case is not looked through. A case is found by (org_id, term, number), newest
-- first from the end; the words of one case are looked up, and taken out, by the
-- second index; with the word in it PostgreSQL would walk all of it for a word.
CREATE TABLE case_term (
  org_id TEXT NOT NULL,
  term   TEXT NOT NULL,
  number INTEGER NOT NULL,           -- of the case: the newest has the highest
  PRIMARY KEY (org_id, term, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_term_of ON case_term (org_id, number);
