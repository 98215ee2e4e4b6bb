// Package org keeps the organisations of an installation, the people who work
// there (members) and their teams.
//
// Invariants:
//
//   - A team always has a duty holder. Duty resolves a team or a member to
//     somebody who is there now, and never to nobody while the organisation
//     has an active member.
//   - Standing in never goes round in a circle, and nobody stands in without
//     having agreed beforehand.
//   - A member who holds cases or has duty cannot be deactivated; the signals
//     of one who leaves go to whoever stands in.
//   - An organisation always has an active administrator.
//   - Other organisations see an organisation only as a Partner: name, kind
//     and phone.
//
// Tables: organisation, member, team. Facts: org.created, org.changed,
// member.added, member.changed, team.changed. Permissions: Install, OrgRead,
// OrgAdmin; a member may change their own absence and details.
package org
