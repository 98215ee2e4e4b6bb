// Package mail sends one message to one person by SMTP and tells precisely
// what is known afterwards (decision 20).
//
// "Sent or not" has three answers, and the third is why this package drives
// the SMTP steps itself: when the connection is lost after the end of the
// message was written and before the answer came, nobody knows. Sending again
// might say it twice, not sending might lose it, so a person decides.
//
// Invariants:
//   - NotSent is claimed only while the line that ends the message has not
//     been written, or when the server itself said it did not take it (4xx).
//     Only NotSent may be retried without a person.
//   - Accepted means a server took it over; not delivered, not read.
//   - One message, one recipient: no Cc, no Bcc, nobody sees another's address.
//   - No control character gets into a header or a command.
//   - Receipts and errors hold codes only. What a server says often repeats
//     the address it refused, so its text is dropped.
//   - A password is never sent over an unencrypted connection, except to this
//     very machine, and a certificate is always checked.
//
// The business clock dates the message; the machine's clock limits waiting.
package mail
