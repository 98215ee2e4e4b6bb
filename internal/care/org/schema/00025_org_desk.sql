-- +goose Up
-- Who changed which setting from what to what. Nothing here is personal: what
-- people are called is looked up by member_id.
CREATE TABLE org_change (
  org_id    TEXT NOT NULL,
  change_id TEXT NOT NULL,
  area      TEXT NOT NULL,           -- a group of settings, "organisation" or "hours"
  path      TEXT NOT NULL,           -- closing_days, hours.1
  was       TEXT NOT NULL,           -- JSON
  became    TEXT NOT NULL,           -- JSON
  by_kind   TEXT NOT NULL,
  by_id     TEXT NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (org_id, change_id),
  FOREIGN KEY (org_id) REFERENCES organisation (org_id)
) STRICT;
CREATE INDEX org_change_area ON org_change (org_id, area, change_id);

-- Who works in which team. A team keeps its duty holder whether or not that
-- member is in this list.
CREATE TABLE team_member (
  org_id    TEXT NOT NULL,
  team_id   TEXT NOT NULL,
  member_id TEXT NOT NULL,
  since     INTEGER NOT NULL,
  PRIMARY KEY (org_id, team_id, member_id),
  FOREIGN KEY (org_id, team_id) REFERENCES team (org_id, team_id),
  FOREIGN KEY (org_id, member_id) REFERENCES member (org_id, member_id)
) STRICT;
CREATE INDEX team_member_of ON team_member (org_id, member_id, team_id);

-- Who stands in for one absence when none of the deputies is there: chosen and
-- asked when the absence is arranged.
ALTER TABLE member ADD COLUMN stand_in_id TEXT;
