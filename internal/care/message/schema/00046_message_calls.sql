-- +goose Up
-- Each member's own calls to make, without walking through everybody's.
CREATE INDEX message_phone_of ON message (org_id, member_id, look_at, message_id) WHERE state = 'queued' AND channel = 'phone';
