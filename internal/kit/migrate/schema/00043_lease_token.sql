-- +goose Up
-- Grows each time a lease changes hands: whoever began under an older one can
-- no longer write.
ALTER TABLE lease ADD COLUMN token INTEGER NOT NULL DEFAULT 0;
