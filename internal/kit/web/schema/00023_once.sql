-- +goose Up
-- Until when a claim is held: its process holds on to it while it works. A
-- claim nobody holds any more was left by a process that stopped, and nobody
-- knows how far it came.
ALTER TABLE idempotency ADD COLUMN held_until INTEGER;
