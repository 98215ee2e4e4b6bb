-- +goose Up
-- Passing a case on to a colleague. 'timed-out' is still open: not answered in
-- time, and not forgotten.
CREATE TABLE handoff (
  org_id      TEXT NOT NULL,
  handoff_id  TEXT NOT NULL,
  case_id     TEXT NOT NULL,
  question_id TEXT NOT NULL,
  from_member TEXT NOT NULL,         -- owner until somebody accepts
  offered_by  TEXT NOT NULL,
  to_member   TEXT NOT NULL,         -- a person, also when a team was meant
  to_team     TEXT,
  state       TEXT NOT NULL CHECK (state IN ('offered', 'accepted', 'declined', 'timed-out', 'withdrawn')),
  pack        TEXT NOT NULL,         -- JSON
  answer_by   INTEGER NOT NULL,
  look_at     INTEGER,
  late        INTEGER NOT NULL DEFAULT 0,
  offered_at  INTEGER NOT NULL,
  answered_at INTEGER,
  answered_by TEXT,
  reason      TEXT,
  explanation TEXT,
  next_step   TEXT,
  version     INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, handoff_id),
  FOREIGN KEY (org_id, case_id) REFERENCES case_file (org_id, case_id),
  FOREIGN KEY (org_id, from_member) REFERENCES member (org_id, member_id),
  FOREIGN KEY (org_id, to_member) REFERENCES member (org_id, member_id),
  CHECK ((state IN ('offered', 'timed-out')) = (answered_at IS NULL)),
  CHECK ((answered_at IS NULL) = (answered_by IS NULL)),
  CHECK (state <> 'declined' OR (reason IS NOT NULL AND next_step IS NOT NULL)),
  CHECK (look_at IS NULL OR answered_at IS NULL)
) STRICT;
CREATE UNIQUE INDEX handoff_open ON handoff (org_id, case_id) WHERE state IN ('offered', 'timed-out');
CREATE INDEX handoff_case ON handoff (org_id, case_id, handoff_id);
CREATE INDEX handoff_to   ON handoff (org_id, to_member, handoff_id);
CREATE INDEX handoff_from ON handoff (org_id, from_member, handoff_id);
CREATE INDEX handoff_look ON handoff (look_at) WHERE look_at IS NOT NULL;

-- Asking another organisation. Each organisation has its own row of the same
-- referral: 'out' at whoever asked, 'in' at whoever was asked.
CREATE TABLE referral (
  org_id         TEXT NOT NULL,
  referral_id    TEXT NOT NULL,
  direction      TEXT NOT NULL CHECK (direction IN ('out', 'in')),
  peer_org       TEXT NOT NULL,      -- out: who must answer now; in: who sent it here
  origin_org     TEXT NOT NULL,      -- who asked, and keeps the question until somebody accepts
  case_id        TEXT,               -- in: only once accepted
  question_id    TEXT NOT NULL,
  subject        TEXT NOT NULL,
  person_id      TEXT,
  about          TEXT NOT NULL,      -- JSON: whom it is about, for who does not know them yet
  to_team        TEXT,
  handler_member TEXT NOT NULL,      -- in: who must answer; out: who asked
  state          TEXT NOT NULL CHECK (state IN ('offered', 'received', 'accepted', 'declined', 'forwarded', 'timed-out', 'withdrawn')),
  settled        INTEGER NOT NULL DEFAULT 0, -- out: no answer can come any more
  required       TEXT NOT NULL,      -- JSON: kinds of document
  missing        TEXT NOT NULL,      -- JSON: of those, not there yet
  chain          TEXT NOT NULL,      -- JSON: the organisations that had it, in order
  hops           INTEGER NOT NULL,
  answer_by      INTEGER NOT NULL,
  look_at        INTEGER,
  late           INTEGER NOT NULL DEFAULT 0,
  offered_at     INTEGER NOT NULL,
  answered_at    INTEGER,
  answered_by    TEXT,
  onward_org     TEXT,
  reason         TEXT,
  explanation    TEXT,
  next_step      TEXT,
  next_org       TEXT,
  advice         TEXT,
  note           TEXT,
  consent        INTEGER NOT NULL DEFAULT 0,
  version        INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, referral_id),
  FOREIGN KEY (org_id, case_id) REFERENCES case_file (org_id, case_id),
  FOREIGN KEY (org_id, handler_member) REFERENCES member (org_id, member_id),
  CHECK (direction = 'in' OR case_id IS NOT NULL),
  CHECK (direction = 'in' OR state <> 'forwarded'),
  CHECK (direction = 'out' OR state <> 'offered'),
  CHECK ((state IN ('offered', 'received', 'timed-out')) = (answered_at IS NULL)),
  CHECK (state <> 'accepted' OR case_id IS NOT NULL),
  CHECK (state <> 'declined' OR (reason IS NOT NULL AND next_step IS NOT NULL)),
  CHECK ((state = 'forwarded') = (onward_org IS NOT NULL)),
  CHECK (look_at IS NULL OR answered_at IS NULL)
) STRICT;
-- One organisation at a time is asked: two might both accept.
CREATE UNIQUE INDEX referral_open ON referral (org_id, case_id) WHERE direction = 'out' AND state IN ('offered', 'received', 'timed-out');
CREATE INDEX referral_list     ON referral (org_id, direction, referral_id);
CREATE INDEX referral_case     ON referral (org_id, case_id, referral_id) WHERE case_id IS NOT NULL;
CREATE INDEX referral_question ON referral (org_id, question_id);
CREATE INDEX referral_handler  ON referral (org_id, handler_member, referral_id);
CREATE INDEX referral_look     ON referral (look_at) WHERE look_at IS NOT NULL;

CREATE TABLE referral_document (
  org_id      TEXT NOT NULL,
  referral_id TEXT NOT NULL,
  document_id TEXT NOT NULL,
  kind        TEXT NOT NULL,
  name        TEXT NOT NULL,
  content     TEXT NOT NULL,
  from_org    TEXT NOT NULL,         -- whose paper it is
  added_at    INTEGER NOT NULL,
  PRIMARY KEY (org_id, referral_id, document_id),
  FOREIGN KEY (org_id, referral_id) REFERENCES referral (org_id, referral_id)
) STRICT;

-- What an organisation needs with any referral; partners see it beforehand.
CREATE TABLE referral_need (
  org_id TEXT NOT NULL,
  kind   TEXT NOT NULL,
  PRIMARY KEY (org_id, kind)
) STRICT;

-- Who answers referrals that name no team.
CREATE TABLE referral_desk (
  org_id TEXT NOT NULL PRIMARY KEY,
  desk   TEXT NOT NULL                -- a team or a member
) STRICT;

-- Asking another organisation for a paper, so that the customer need not.
CREATE TABLE document_request (
  org_id         TEXT NOT NULL,
  request_id     TEXT NOT NULL,
  direction      TEXT NOT NULL CHECK (direction IN ('out', 'in')),
  peer_org       TEXT NOT NULL,      -- out: who was asked; in: who sent it here
  asker_org      TEXT NOT NULL,      -- who needs it
  question_id    TEXT NOT NULL,
  case_id        TEXT,
  referral_id    TEXT,
  kind           TEXT NOT NULL,
  about          TEXT NOT NULL,      -- JSON
  why            TEXT,
  state          TEXT NOT NULL CHECK (state IN ('asked', 'provided', 'refused', 'passed-on')),
  handler_member TEXT NOT NULL,      -- in: who must answer; out: who waits for it
  chain          TEXT NOT NULL,      -- JSON: the organisations that were asked
  answer_by      INTEGER NOT NULL,
  look_at        INTEGER,
  late           INTEGER NOT NULL DEFAULT 0,
  asked_at       INTEGER NOT NULL,
  answered_at    INTEGER,
  answered_by    TEXT,
  onward_org     TEXT,
  reason         TEXT,
  explanation    TEXT,
  next_step      TEXT,
  next_org       TEXT,
  advice         TEXT,
  document_id    TEXT,               -- in, asked: a paper of ours that seems to be it
  name           TEXT,
  content        TEXT,
  version        INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, request_id),
  FOREIGN KEY (org_id, handler_member) REFERENCES member (org_id, member_id),
  CHECK ((state = 'asked') = (answered_at IS NULL)),
  CHECK (state <> 'refused' OR (reason IS NOT NULL AND next_step IS NOT NULL)),
  CHECK (state <> 'provided' OR direction = 'out' OR content IS NOT NULL),
  CHECK (state <> 'passed-on' OR direction = 'in' AND onward_org IS NOT NULL),
  CHECK (look_at IS NULL OR answered_at IS NULL)
) STRICT;
CREATE INDEX document_request_list     ON document_request (org_id, direction, request_id);
CREATE INDEX document_request_question ON document_request (org_id, question_id, request_id);
CREATE INDEX document_request_handler  ON document_request (org_id, handler_member, request_id);
CREATE INDEX document_request_look     ON document_request (look_at) WHERE look_at IS NOT NULL;
