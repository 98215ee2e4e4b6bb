// Package intake is what happens in the first seconds of a call, at the
// counter or on a mail: who it is, what they want to know or have, and how it
// ends. One form, two endings (helped at once, or a question with a promise),
// and urgency before everything.
//
// Invariants:
//
//   - Whatever the ending, the call leaves a case with an owner, a promise with
//     a clock time and a contact moment, in one transaction: helped at once is
//     a case that is opened, answered and agreed in the conversation.
//   - Only who is on the line and may speak for whom it is about agrees that it
//     is solved. Anybody may bring a question for somebody else; then that
//     person is told, not who brought it.
//   - A red flag is asked about before a question is saved, and never stands in
//     the way: asking is one step, fetching a clinician is another.
//   - An urgent call always has somebody: a clinician who is here, else who
//     stands in, else a lead, else anybody; also outside opening hours.
//   - A caller who does not say who they are is a customer without a name. It
//     is recorded when they turn out to be somebody.
//
// Tables: red_flag, anonymous_caller. Emits case.urgent, urgency.asked,
// red-flag.set; the signal urgent.call. Permissions: CaseWrite, PersonWrite,
// OrgRead, OrgAdmin.
package intake
