-- +goose Up
-- expands: older programs read through another index
-- The questions of a team by when they came: what the list of a team walks
-- when it is in that order.
CREATE INDEX case_team_age ON case_file (org_id, team_id, opened_at, case_id) WHERE closed_at IS NULL;
