package budget

// picture is one of a single point.
const picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

var caseSteps = []step{
	fresh("asker", "Anna Cases", "@example.nl"),
	opened("a", "asker", "tomorrow 14:00"),
	opened("b", "asker", "tomorrow 15:00"),
	opened("c", "asker", "tomorrow 16:00"),
	{send: "POST /api/v1/cases/{a}/notes", body: m{"text": "The letter is on its way.", "member_ids": l{"{amber}"}}, keep: m2("note", "id")},
	{send: "POST /api/v1/notes/{note}/take-back"},
	{send: "POST /api/v1/cases/{a}/files", body: m{"kind": "result", "name": "scan.png", "content": picture}, keep: m2("document", "id")},
	{send: "GET /api/v1/documents/{document}/file"},
	{send: "GET /api/v1/documents/{document}/content"},
	{send: "PUT /api/v1/cases/{a}/links/{b}", body: m{"why": "The same knee"}},
	{send: "DELETE /api/v1/cases/{a}/links/{b}"},
	{send: "POST /api/v1/cases/{a}/waiting", body: m{"kind": "other", "whom": "The laboratory", "what": "The result", "until": "{later}", "spoken": true}},
	{send: "GET /api/v1/cases/{a}/waiting"},
	{send: "DELETE /api/v1/cases/{a}/waiting"},
	{send: "POST /api/v1/cases/{b}/merge", body: m{"into_case_id": "{a}"}},
	{send: "POST /api/v1/case-bulks/preview", body: m{"case_ids": l{"{a}", "{c}"}, "what": "handoff", "to_id": "{amber}"}},
	{send: "POST /api/v1/case-bulks", body: m{"case_ids": l{"{a}", "{c}"}, "what": "note", "text": "The clinic is closed on Friday.", "once": "budget-{n}"}, keep: m2("bulk", "id")},
	{work: true, send: "GET /api/v1/case-bulks/{bulk}"},
	{send: "POST /api/v1/case-filters", body: m{"name": "Late {n}", "lane": "soon", "order": "due", "share": "team", "share_team_id": "{gp}"}, keep: m2("filter", "id")},
	{send: "PUT /api/v1/case-filters/{filter}", body: m{"name": "Later {n}", "lane": "soon", "share": "all"}},
	{send: "DELETE /api/v1/case-filters/{filter}"},
	{send: "POST /api/v1/cases/{c}/close", body: m{"reason": "agreed", "said": "It is solved", "channel": "phone"}},
}

var promiseSteps = []step{
	fresh("teller", "Tess Promises", "@example.nl"),
	opened("p", "teller", "tomorrow 14:00"),
	{send: "POST /api/v1/cases/{p}/promises", body: due("tomorrow 16:00"), keep: m2("p2", "id")},
	{send: "POST /api/v1/promises/{p-promise}/keep", body: m{"spoken": true, "note": "Told the result"}},
	{send: "POST /api/v1/promises/{p-promise}/retract"},
	{send: "POST /api/v1/promises/{p2}/withdraw", body: m{"why": "It is not needed any more"}},
	{send: "POST /api/v1/series/preview", body: m{"first": due("tomorrow 14:00"), "rule": m{"unit": "week", "every": 1, "times": 4}}},
	{send: "POST /api/v1/cases/{p}/series", body: m{"first": due("tomorrow 14:00"), "steps": l{m{"what": "How it goes", "after_days": 2}, m{"what": "The decision", "after_days": 3}}}, keep: m2("steps", "id")},
	{send: "GET /api/v1/series/{steps}"},
	{send: "POST /api/v1/series/{steps}/change", body: m{"spoken": true, "steps": l{m{"what": "How it goes", "after_days": 4}}}},
	{send: "POST /api/v1/series/{steps}/stop", body: m{"why": "It is clear already", "spoken": true}},
}

var handoffSteps = []step{
	fresh("sent", "Saar Handoffs", "@example.nl"),
	opened("h", "sent", "tomorrow 14:00"),
	opened("r", "sent", "tomorrow 14:00"),
	{send: "POST /api/v1/handoffs", body: m{"case_id": "{h}", "to": "{amber}", "note": "Do you know more"}, keep: m2("offer", "id")},
	{send: "POST /api/v1/handoffs/{offer}/withdraw"},
	{send: "POST /api/v1/cases/{r}/files", body: m{"kind": "referral-letter", "name": "letter.png", "content": picture}, keep: m2("letter", "id")},
	{send: "POST /api/v1/referrals", body: m{"case_id": "{r}", "to_organisation_id": "{hospital}", "consent": true, "note": "Please look", "documents": l{"{letter}"}}, keep: m2("referral", "id")},
	{work: true, by: byHospital, send: "GET /api/v1/referrals/{referral}/files/{letter}"},
	{send: "POST /api/v1/referrals/{referral}/withdraw", body: m{"why": "It is not needed any more"}},
	opened("x", "sent", "tomorrow 14:00"),
	{send: "POST /api/v1/referrals", body: m{"case_id": "{x}", "to_organisation_id": "{hospital}", "consent": true}, keep: m2("referral", "id")},
	{work: true, by: byHospital, send: "POST /api/v1/referrals/{referral}/accept", body: m{"promise": due("tomorrow 14:00"), "without_documents": true, "why": "It can be done without"}},
	{work: true, send: "POST /api/v1/send-elsewhere", body: m{"case_id": "{x}", "channel": "phone", "to_organisation_id": "{hospital}", "why": "They make the appointments"}},
	{send: "POST /api/v1/document-requests", body: m{"case_id": "{h}", "kind": "specialist-letter", "of_organisation_id": "{hospital}", "why": "For the talk"}, keep: m2("request", "id")},
	{work: true, by: byHospital, send: "POST /api/v1/document-requests/{request}/refuse", body: m{"reason": "never-made", "explanation": "There is no letter", "next_step": m{"step": "back-to-sender", "advice": "Ask the other hospital"}}},
}

var intakeSteps = []step{
	fresh("caller", "Cor Intake", "@example.nl"),
	{send: "POST /api/v1/calls", body: m{"caller": m{"person_id": "{caller}"}, "subject": "Are you open tomorrow?", "end": "helped", "answer": "Yes, from eight"}},
	{send: "POST /api/v1/calls", body: m{"caller": m{"name": "Cas New {n}", "phone": "010 000 08 {n}1"}, "subject": "When may I come in?", "end": "question",
		"promise": m{"what": "An answer", "due_at": "tomorrow 14:00", "kind": "answer"}}},
	{send: "POST /api/v1/calls/urgent", body: m{"subject": "Pain on the chest"}, keep: m2("urgent", "case.id")},
	{send: "POST /api/v1/cases/{urgent}/caller", body: m{"person_id": "{caller}"}},
	{send: "POST /api/v1/red-flags", body: m{"name": "Splinter {n}", "words": l{"splinter eye"}, "ask": "Which eye?", "act": "Fetch a doctor", "active": true}, keep: m2("flag", "id")},
	{send: "PUT /api/v1/red-flags/{flag}", match: "flag", body: m{"name": "Splinter {n}", "words": l{"splinter eye", "glass eye"}, "ask": "Which eye?", "act": "Fetch a doctor", "active": true}, keep: m2("flag", "id")},
	{send: "POST /api/v1/red-flags/spot", body: m{"text": "A splinter in my eye"}},
	{send: "DELETE /api/v1/red-flags/{flag}", match: "flag"},
}
