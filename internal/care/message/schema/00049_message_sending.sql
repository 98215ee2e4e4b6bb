-- +goose Up
-- expands: older programs find nothing by it
-- What was being sent by a clock that was ahead of this one.
CREATE INDEX message_sending ON message (look_at) WHERE state = 'sending';
