-- +goose Up
-- When others than the keeper are warned, where the organisation chose a time
-- for this kind of promise; without it, it follows from the internal target.
ALTER TABLE promise ADD COLUMN others_at INTEGER CHECK (others_at IS NULL OR others_at <= due_at);
