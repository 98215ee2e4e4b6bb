-- +goose Up
-- Grows each time a job is claimed. The end of a lease tells claims apart only
-- as long as the clocks of all nodes agree; this does so always.
ALTER TABLE job ADD COLUMN token INTEGER NOT NULL DEFAULT 0;
