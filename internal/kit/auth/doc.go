// Package auth knows who is asking and what they may do.
//
//   - Accounts sign in with e-mail and password (argon2id). An unknown address
//     costs as much time as a known one, and waits as long after failures.
//   - Sessions live in our own table, by the hash of their token, on the
//     business clock: 12 hours idle, 7 days at most. Signing in rotates it.
//   - API keys act for a member, an organisation or the installer. Shown once,
//     kept as a hash.
//   - Customer links open the page of one question (decision 26). Opening takes
//     a POST, so a mail scanner neither uses a link up nor looks like the
//     customer; opening again is possible until it expires. Before the second
//     factor the actor is not Confirmed and pages say only who and when.
//   - The access log keeps who saw which record, before the answer leaves.
//   - permission.go is the one table of role × action; docs/permissions.md is
//     made from it. Services call Require; nothing else decides.
//
// Tables: account, account_token, sign_in_guard, session, api_key, link,
// link_session, access_log. Facts: account.signed-in, account.refused,
// key.created, key.revoked, link.opened, link.confirmed, link.revoked; their
// names are spelt here, because kit does not import care/fact.
package auth
