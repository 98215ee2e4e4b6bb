-- +goose Up
-- A locked session shows nothing until its owner gives the password again. A
-- column of its own, so that a request that was on its way cannot unlock it.
ALTER TABLE session ADD COLUMN locked_at INTEGER;
-- Whether single keys do something (WCAG 2.1.4).
ALTER TABLE account ADD COLUMN keys_off INTEGER NOT NULL DEFAULT 0 CHECK (keys_off IN (0, 1));
-- When its owner was last told that somebody tries to sign in with it.
ALTER TABLE account ADD COLUMN warned_at INTEGER;
