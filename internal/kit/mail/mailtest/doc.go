// Package mailtest stands in for the mail.
//
// Recorder is a mail.Sender in memory, for stories and for tests of whoever
// sends. Server is a real SMTP server on this machine, for tests of the sending
// itself: it fails in every way a mail server fails, when told to.
//
// Both keep what arrived, and count copies, because saying something twice is
// as much a failure as losing it.
package mailtest
