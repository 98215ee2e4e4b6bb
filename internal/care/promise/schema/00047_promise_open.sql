-- +goose Up
-- expands: older programs read through another index
-- The open promises of a case, soonest first: what every page about a case and
-- every command on it asks. Without an index of its own the planner walks all
-- open promises of the organisation in the order of their moments.
CREATE INDEX promise_open ON promise (org_id, case_id, due_at, promise_id) WHERE state = 'open';
