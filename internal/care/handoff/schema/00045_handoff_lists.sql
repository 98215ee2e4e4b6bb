-- +goose Up
-- A case and a referral show the papers that were asked for with them.
CREATE INDEX document_request_case     ON document_request (org_id, case_id, request_id) WHERE case_id IS NOT NULL;
CREATE INDEX document_request_referral ON document_request (org_id, referral_id, request_id) WHERE referral_id IS NOT NULL;
-- The list begins with what waits for an answer, which is few of all.
CREATE INDEX handoff_waits ON handoff (org_id, handoff_id) WHERE state IN ('offered', 'timed-out');
