// Package handoff passes a case on without dropping anybody: between people of
// one organisation (handoffs) and between organisations of one installation
// (referrals), with the papers that must come along (document requests).
//
// Invariants:
//
//   - The sender stays owner until the receiver accepts. Accepting changes the
//     owner, or ends the sender's case, and the customer is told.
//
//   - Declining names a reason and a next step.
//
//   - An offer always has a person who must answer it. When time runs out it
//     goes to somebody beside them and stays open; it is never nobody's.
//
//   - Two cases, one question: organisations exchange facts. Each command
//     writes the rows of one organisation; the post office (Follower) carries
//     facts with "deliver" in their data to the other, where they are handled
//     once.
//
//   - One organisation is asked at a time. A withdrawn referral is settled only
//     when the other side confirmed it, because its acceptance may be on the
//     way; an acceptance that crossed a withdrawal wins.
//
//   - Papers are asked from organisations, never from the customer.
//
//   - A file that goes with a referral is fetched by whoever was asked, piece by
//     piece, and is only theirs when its digest is that of what was sent.
//
// Tables: handoff, referral, referral_document, referral_file, referral_chunk,
// referral_need, referral_desk, document_request. Emits handoff.*, referral.*, document.requested, .asked,
// .provided, .refused, .passed-on, bounce.counted. Follows those, case.closed
// and member.changed. Permissions: case.write, handoff.answer, referral.trade,
// org.admin.
package handoff
