// Package story plays stories: dated scripts that are the specification you
// can run. Staff repeat the mistakes of the text a story was made from; the
// customer follows rules, so that contacts are counted and not written.
//
// A story goes through the public API and nothing else. Between two steps the
// simulated clock stops at every moment at which something is due by itself.
// After each step every check of every capability looks at the store; one
// that found no rows is "not applicable", never "held".
//
//	Parse     reads a file; everything that is wrong at once, with its place
//	Validate  compares it with the OpenAPI document
//	Run       plays it on a private instance and counts what happened
//	WriteText prints what happened beside what happened with Houvast
//
// Where is what: the grammar in parse.go and steps.go, moments in moment.go,
// references in value.go, what the customers do in customer.go, how the cast is
// set up in cast.go, what is expected in expect.go. SQL is in store.go.
package story
