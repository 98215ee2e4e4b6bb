// Package message says something to a customer by their channel.
//
// Invariants (decisions 6, 10, 19, 20, 26):
//
//   - A message is queued in the transaction that decides it, once per intent.
//   - sending is committed before the conversation with the mail server. A
//     message found in sending afterwards is uncertain, and so is one whose
//     answer was lost: a person decides. Only what certainly was not sent is
//     tried again by itself.
//   - Of one intent at most one written copy may be with the customer, unless
//     a person decided otherwise (unique index message_once). While an earlier
//     copy may have arrived, the only fallback is somebody who phones.
//   - Told means delivered, seen, answered or spoken; accepted is not told.
//   - What failed, is uncertain or stays unseen has a signal for a person.
//   - The text is written out when queued, so that what was shown is what is
//     sent. The personal link is made when sending and kept nowhere.
//
// The phone is a channel: a message by phone is a task for the keeper, done
// by "spoken" or, after two calls without answer or when time runs out, given
// to the next channel. Contact points by SMS and post are skipped while there
// is no provider, and shown as skipped.
//
// Every command holds the case before the message. code.go sends the codes of
// the customer's page, which are mail but no messages.
//
// Table: message. Emits message.*. Follows link.opened and case.owner. Raises
// message.untold, message.uncertain, message.overdue. Permissions: case.read,
// case.write, delivery.tell.
package message
