// Package rest explains the API to people: a documentation page that is made
// from the OpenAPI description at start-up and needs nothing from elsewhere, a
// page for every type of problem, and the document at the API's root.
//
//	GET /api              documentation: how it works, every operation
//	GET /api/openapi.json the description itself (kit/web serves it)
//	GET /api/v1           where to begin, for programs
//	GET /problems         every type of problem
//	GET /problems/{type}  what one means, in both languages
//
// What the page says about an operation is what the description says; nothing
// is written twice. Tables: none. Permissions: none, everybody may read it.
package rest
