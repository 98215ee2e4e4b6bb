package budget

var customerSteps = []step{
	fresh("nel", "Nel Vermeer", "@example.nl"),
	fresh("kees", "Kees Vermeer-Bos", "@example.nl"),
	fresh("twin", "Nel Vermeer ", "@example.org"),
	{send: "PATCH /api/v1/people/{nel}", match: "nel", body: m{"call_name": "Nelly", "language": "en"}},
	{send: "POST /api/v1/people/{nel}/contact-points", body: m{"kind": "sms", "value": "06 12345{n}01", "verified": true}, keep: m2("point", "id")},
	{send: "PATCH /api/v1/contact-points/{point}", match: "point", body: m{"label": "Mobile", "rank": 1}},
	{send: "POST /api/v1/people/{nel}/consents", body: m{"purpose": "news", "given": true, "how": "spoken"}},
	{send: "POST /api/v1/people/{nel}/matters", body: m{"text": "Rather hears it by phone"}, keep: m2("matter", "id")},
	{send: "POST /api/v1/matters/{matter}/end"},

	{send: "POST /api/v1/people/{nel}/household", body: m{"other_person_id": "{kees}", "word": "partner"}},
	{by: byManager, send: "POST /api/v1/people/{nel}/household/{kees}/hide", body: m{"why": "Asked not to be shown together"}},
	{by: byManager, send: "GET /api/v1/people/{nel}/household"},
	// Somebody at the desk opens it for a reason; whoever leads says whether that was right.
	{by: byDesk, send: "POST /api/v1/people/{nel}/emergency", body: m{"why": "The ambulance asks who is at home with her"}, keep: m2("emergency", "id")},
	{by: byDesk, send: "POST /api/v1/emergencies/{emergency}/end"},
	{by: byManager, send: "POST /api/v1/emergencies/{emergency}/answer", body: m{"answer": "right", "note": "Well done"}},
	{by: byManager, send: "POST /api/v1/people/{nel}/household/{kees}/show"},
	{by: byManager, send: "POST /api/v1/people/{nel}/household/{kees}/dismiss"},

	{send: "POST /api/v1/people", body: m{"name": "Garage Vermeer {n}", "kind": "company"}, keep: m2("firm", "person.id")},
	{send: "POST /api/v1/people/{firm}/contacts", body: m{"person_id": "{kees}", "function": "Planning", "acts": true}, keep: m2("contact", "id")},
	{send: "POST /api/v1/contact-persons/{contact}/end"},

	{send: "POST /api/v1/people/{twin}/apart", body: m{"other_person_id": "{kees}"}},
	opened("twins", "twin", "tomorrow 14:00"),
	{send: "POST /api/v1/people/{twin}/merge", body: m{"into_person_id": "{nel}", "asked": true}},
	{send: "POST /api/v1/people/{twin}/unmerge"},
	{by: byManager, send: "POST /api/v1/people/export", body: m{"form": "csv"}},
}

var messageSteps = []step{
	fresh("unsure", "Uma Unsure", nobodyKnows),
	opened("u1", "unsure", "tomorrow 14:00"),
	opened("u2", "unsure", "tomorrow 15:00"),
	{send: "POST /api/v1/messages/preview", body: m{"case_id": "{u1}", "template": "promise-made", "channel": "email", "params": m{"What": "The result", "Due": "{soon}"}}},
	{work: true, look: m2("message", `SELECT message_id FROM message WHERE org_id = $1 AND case_id = '{u1}' AND state = 'uncertain'`,
		"other-message", `SELECT message_id FROM message WHERE org_id = $1 AND case_id = '{u2}' AND state = 'uncertain'`)},
	{send: "POST /api/v1/messages/{message}/resend"},
	{send: "POST /api/v1/messages/{other-message}/settle", body: m{"arrived": false}},
	fresh("sure", "Sue Sure", "@example.nl"),
	opened("s1", "sure", "tomorrow 14:00"),
	{work: true, look: m2("message", `SELECT message_id FROM message WHERE org_id = $1 AND case_id = '{s1}' ORDER BY message_id LIMIT 1`)},
	{by: byPartner, send: "POST /api/v1/messages/{message}/delivery", body: m{"status": "seen"}},
	{look: m2("person", `SELECT asker_id FROM case_file WHERE org_id = $1 AND case_id = '{s1}'`, "question", `SELECT question_id FROM case_file WHERE org_id = $1 AND case_id = '{s1}'`)},
	{link: true, by: "nobody", send: "POST /api/v1/links/open", body: m{"token": "{link}"}, keep: m2("key:"+byCustomer, "token")},
	{by: byCustomer, send: "POST /api/v1/links/code", body: m{"point": "{sure-point}"}},
	{by: byCustomer, send: "POST /api/v1/links/confirm", body: m{"kind": "birth-date", "value": "1961-04-05"}, keep: m2("key:"+byCustomer, "token")},
	{by: byCustomer, send: "POST /api/v1/question/messages", body: m{"said": "Could it be earlier?"}},
}
