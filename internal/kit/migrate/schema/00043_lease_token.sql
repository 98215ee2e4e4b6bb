-- +goose Up
-- Grows each time a lease changes hands: whoever began under an older one can
-- no longer write.
ALTER TABLE lease ADD COLUMN token INTEGER NOT NULL DEFAULT 0;

-- The oldest version of the schema that a program must know to work with this
-- database: nodes of the version before go on while a new one has migrated.
CREATE TABLE schema_floor (
  one     INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL
) STRICT;
INSERT INTO schema_floor (one, version) VALUES (1, 44);
