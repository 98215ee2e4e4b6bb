package html

// example is what a section of the explanation shows. Programs read it the
// same in every language.
func example(section string) string { return examples[section] }

var examples = map[string]string{
	"sign": `Authorization: Bearer hv_…`,
	"errors": `HTTP/1.1 422 Unprocessable Entity
Content-Type: application/problem+json

{
  "type": "/problems/vague-time",
  "title": "Something needs mending",
  "status": 422,
  "detail": "That wording names no time a customer can count on. Promise a day and a clock time, for instance Fri 13 Nov 17:00.",
  "instance": "req_…",
  "errors": [
    {"path": "promise.due_at", "type": "vague-time", "detail": "…"}
  ]
}`,
	"paging": `GET /api/v1/cases?limit=50
Link: </api/v1/cases?cursor=WyIyMDI2…&limit=50>; rel="next"`,
	"idempotency": `POST /api/v1/cases
Idempotency-Key: 7c1f0b2e-call-of-09-14`,
	"etag": `GET /api/v1/people/per_…      →  ETag: "v3"
PATCH /api/v1/people/per_…    ←  If-Match: "v3"
                              →  412 /problems/changed-meanwhile`,
	"times": `"due_at": "2026-11-12T16:00:00+01:00"
"due_at": "tomorrow 16:00"`,
	"customers": `POST /api/v1/links/open      {"token": "…"}          →  {"token": "hvs_…", "confirmed": false, "factors": […]}
POST /api/v1/links/confirm   {"kind": "birth-date", "value": "1980-02-03"}
GET  /api/v1/question        Authorization: Bearer hvs_…`,
}
