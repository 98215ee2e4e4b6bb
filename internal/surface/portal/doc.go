// Package portal is the customer's face: the way from the link in a message to
// the page of their question, and the frame around that page.
//
//	GET  /q/{token}       a neutral page with one button; changes nothing
//	POST /q/{token}       exchanges the token for a session, then 303 to /q
//	GET  /q               the page itself; its body is the capability's
//	GET  /q/confirm       the second factor: a birth date, or a code
//	POST /q/confirm/code  sends a code to a contact point
//	POST /q/confirm       checks it; five wrong answers close the link
//	POST /q/leave         ends the session in this browser
//	GET  /q/events        live refresh
//
// Invariants (decision 26):
//   - a GET of a link changes nothing and says nothing: mail scanners open
//     links, some of them with a browser of their own, so no script presses
//     the button either; an opening means that a person opened it;
//   - the token stands in no other address, no referrer and no log line;
//   - a browser exchanges a link once: pressing the button again keeps a
//     session that was confirmed already. Another browser may open the same
//     link, which is somebody with the message in their hands, but has to pass
//     the second factor itself;
//   - whoever cannot get any further reads what to do and whom to call.
//
// The language is the customer's own until they choose another. Tables: none.
// Permissions: question.read, question.write, by the link.
package portal
