package budget

// unplayed are routes that neither a story, a form of a page nor a play reaches:
// they have no line. A new route is not put here, but played. These are for the
// one time that a house has nobody in it yet; TestSetUp of surface/desk walks
// through them.
var unplayed = []string{
	"GET /setup",
	"POST /setup/account",
	"POST /setup/code",
	"POST /setup/hours",
	"POST /setup/mail",
	"POST /setup/organisation",
}
