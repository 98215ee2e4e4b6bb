-- +goose Up
CREATE TABLE message (
  org_id        TEXT NOT NULL,
  message_id    TEXT NOT NULL,
  intent        TEXT NOT NULL,        -- what is said once
  turn          INTEGER NOT NULL,     -- 1, or more after a fallback or after it was recalled
  case_id       TEXT,
  question_id   TEXT,
  person_id     TEXT NOT NULL,
  promise_id    TEXT,
  point_id      TEXT,                 -- the address itself is read when sending
  channel       TEXT NOT NULL CHECK (channel IN ('email', 'phone', 'sms', 'post', 'page', 'none')),
  masked        TEXT,                 -- enough of the address for staff to know which
  skipped       TEXT NOT NULL,        -- JSON: channels the customer has and we cannot use
  template      TEXT NOT NULL,
  language      TEXT NOT NULL CHECK (language IN ('nl', 'en')),
  params        TEXT NOT NULL,        -- JSON
  subject       TEXT NOT NULL,
  body          TEXT NOT NULL,        -- as it is sent, but for the personal link
  state         TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'accepted', 'delivered', 'seen', 'answered',
                  'failed', 'uncertain', 'spoken', 'recalled')),
  code          TEXT,                 -- why it failed, waits or is uncertain
  attempts      INTEGER NOT NULL DEFAULT 0,
  member_id     TEXT NOT NULL,        -- who phones, and who hears when it goes wrong
  before_at     INTEGER,              -- no use any more after this
  not_before    INTEGER,              -- hours of the contact point, or time to take it back
  look_at       INTEGER,              -- when something must happen
  waiting_since INTEGER,              -- first time the mail server did not take it
  fallback_of   TEXT,
  decided_by    TEXT,                 -- the person who decided after it failed or was uncertain
  decided_at    INTEGER,
  created_at    INTEGER NOT NULL,
  sending_at    INTEGER,
  accepted_at   INTEGER,
  delivered_at  INTEGER,              -- or spoken
  seen_at       INTEGER,
  PRIMARY KEY (org_id, message_id),
  FOREIGN KEY (org_id, person_id) REFERENCES person (org_id, person_id),
  FOREIGN KEY (org_id, member_id) REFERENCES member (org_id, member_id),
  FOREIGN KEY (org_id, case_id) REFERENCES case_file (org_id, case_id),
  FOREIGN KEY (org_id, fallback_of) REFERENCES message (org_id, message_id),
  CHECK (channel <> 'phone' OR state IN ('queued', 'spoken', 'failed', 'recalled')),
  CHECK (channel <> 'phone' OR state <> 'queued' OR look_at IS NOT NULL),
  CHECK (channel <> 'none' OR state IN ('failed', 'spoken', 'recalled')),
  CHECK (channel IN ('none', 'page') OR point_id IS NOT NULL),
  CHECK (state <> 'sending' OR sending_at IS NOT NULL AND look_at IS NOT NULL),
  CHECK (state <> 'accepted' OR accepted_at IS NOT NULL),
  CHECK (state NOT IN ('delivered', 'spoken') OR delivered_at IS NOT NULL),
  CHECK (state <> 'seen' OR seen_at IS NOT NULL),
  CHECK (state NOT IN ('failed', 'uncertain') OR code IS NOT NULL),
  CHECK ((decided_by IS NULL) = (decided_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX message_intent ON message (org_id, intent, turn);
-- Nothing is said twice: of one intent at most one copy may be with the
-- customer, unless a person decided so.
CREATE UNIQUE INDEX message_once ON message (org_id, intent) WHERE decided_by IS NULL AND channel <> 'phone'
  AND state IN ('sending', 'uncertain', 'accepted', 'delivered', 'seen', 'answered');
CREATE INDEX message_case  ON message (org_id, case_id, message_id) WHERE case_id IS NOT NULL;
CREATE INDEX message_state ON message (org_id, state, message_id);
CREATE INDEX message_phone ON message (org_id, look_at, message_id) WHERE state = 'queued' AND channel = 'phone';
CREATE INDEX message_wait  ON message (org_id, waiting_since) WHERE waiting_since IS NOT NULL;
-- The watch is one for the installation, so its index is not led by org_id.
CREATE INDEX message_look  ON message (look_at) WHERE look_at IS NOT NULL;
