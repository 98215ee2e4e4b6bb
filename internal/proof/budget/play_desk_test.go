package budget

// Who sits at the pages.
const (
	deskPages    = onPages + deskUser
	managerPages = onPages + managerUser
	adminPages   = onPages + adminUser
	guestPages   = onPages + "guest"
)

// version is what looks up the version that a form sends back.
func version(table, id, of string) map[string]string {
	return m2("version", `SELECT CAST(version AS TEXT) FROM `+table+` WHERE org_id = $1 AND `+id+` = '{`+of+`}'`)
}

var deskCaseSteps = []step{
	fresh("walker", "Wil Desk", "@example.nl"),
	opened("d1", "walker", "tomorrow 14:00"),
	opened("d2", "walker", "tomorrow 15:00"),
	opened("d3", "walker", "tomorrow 16:00"),
	opened("d4", "walker", "tomorrow 16:00"),
	{by: deskPages, send: "GET /desk/bulk"},
	{by: deskPages, send: "POST /desk/bulk", body: f{"do": "note", "asked": "1", "text": "Closed on Friday", "id": "{d1}"}, keep: m2("once", `name="once" value="`)},
	{by: deskPages, send: "POST /desk/bulk/run", body: f{"do": "note", "text": "Closed on Friday", "once": "{once}", "id": "{d1}", "promise": "{d1-promise}"}, keep: m2("bulk", "")},
	{by: deskPages, send: "GET /desk/bulk/{bulk}"},
	{by: deskPages, send: "POST /desk/cases/{d1}/links", body: f{"other": "{d2}", "link_why": "The same knee"}},
	{by: deskPages, send: "POST /desk/cases/{d1}/links/{d2}/drop"},
	{by: deskPages, send: "POST /desk/cases/{d1}/plain", body: f{"part": "log-text", "said": "We will revert shortly."}},
	{by: deskPages, send: "GET /desk/promise-times?case={d1}&kind=decision"},
	{by: deskPages, send: "POST /desk/cases/{d1}/promises/{d1-promise}/keep", look: version("promise", "promise_id", "d1-promise"),
		body: f{"version": "{version}", "how": "spoken", "note": "It is ready", "next": "promise", "what": "the letter", "kind": "document", "by": "other", "by_text": "tomorrow 15:00", "told": "spoken"}},
	{by: deskPages, send: "POST /desk/cases/{d1}/promises/{d1-promise}/undo"},
	{by: deskPages, send: "POST /desk/cases/{d1}/series", body: f{"what": "the form", "kind": "document", "by": "other", "by_text": "tomorrow 16:00", "told": "spoken", "sort": "steps",
		"step_what_0": "Call how it went", "step_kind_0": "callback", "step_after_0": "2", "step_unit_0": "day", "do": "save"}},
	{look: m2("series", `SELECT series_id FROM series WHERE org_id = $1 AND case_id = '{d1}'`)},
	{by: deskPages, send: "GET /desk/cases/{d1}/series/{series}"},
	{by: deskPages, send: "POST /desk/cases/{d1}/series/{series}", look: version("series", "series_id", "series"),
		body: f{"version": "{version}", "told": "message", "step_what_0": "The decision", "step_kind_0": "decision", "step_after_0": "3", "step_unit_0": "day", "do": "save"}},
	{by: deskPages, send: "POST /desk/cases/{d1}/series/{series}/stop", look: version("series", "series_id", "series"), body: f{"version": "{version}", "why": "It is clear", "spoken": "1"}},
	{by: deskPages, send: "POST /desk/cases/{d2}/wait", body: f{"wait_kind": "other", "wait_whom": "The laboratory", "wait_what": "the result", "wait_until": "tomorrow 12:00", "wait_told": "spoken"}},
	{by: deskPages, send: "POST /desk/cases/{d2}/wait/end"},
	{by: deskPages, send: "POST /desk/cases/{d3}/merge", body: f{"into": "{d2}"}},
	{by: deskPages, send: "POST /desk/cases/{d4}/close", look: version("case_file", "case_id", "d4"), body: f{"version": "{version}", "how": "agreed", "said": "It is solved", "do": "save"}},
	{by: deskPages, send: "POST /desk/filters/new", body: f{"name": "Mine {n}", "share": "own", "q.lane": "waiting"}},
	{by: deskPages, look: m2("filter", `SELECT filter_id FROM saved_filter WHERE org_id = $1 AND name = 'Mine {n}'`), send: "POST /desk/filters/{filter}/drop"},
	{send: "POST /api/v1/cases/{d2}/files", body: m{"kind": "image", "name": "scan.png", "content": picture}, keep: m2("document", "id")},
	{by: deskPages, send: "GET /desk/documents/{document}/file"},
	{by: deskPages, send: "POST /desk/drafts", body: f{"key": "case:{d2}:contact", "form": "contact", "path": "/desk/cases/{d2}", "title": "A contact moment", "fields": `[["said","Half a sent"]]`}},
	{by: deskPages, send: "POST /desk/drafts/discard", body: f{"key": "case:{d2}:contact", "form": "contact"}},
	{by: deskPages, send: "POST /desk/presence", body: f{"about": "case:{d2}", "typing": "1"}},
	{by: deskPages, send: "POST /desk/call/look", body: f{"q": "Wil Desk {n}", "subject": "When may I come in?", "channel": "phone"}},
	{by: deskPages, send: "POST /desk/call", body: f{"person": "{walker}", "channel": "phone", "subject": "When may I come in?", "end": "question", "by": "other", "by_text": "tomorrow 11:00", "told": "spoken"}},
	{send: "POST /api/v1/calls/urgent", body: m{"subject": "Pain on the chest"}, keep: m2("urgent", "case.id")},
	{by: deskPages, send: "POST /desk/cases/{urgent}/caller", body: f{"pick": "{walker}"}},
}

var deskPeopleSteps = []step{
	fresh("ann", "Ann People", "@example.nl"),
	fresh("bob", "Bob People-Vos", "@example.nl"),
	fresh("ann2", "Ann People ", "@example.org"),
	{by: deskPages, send: "POST /desk/people/{ann}/reach", body: f{"kind": "post", "value": "Dorpsstraat {n}\n1234 AB Dorp", "hours": ""}},
	{by: deskPages, look: m2("point", `SELECT point_id FROM contact_point WHERE org_id = $1 AND person_id = '{ann}' AND kind = 'post'`,
		"version", `SELECT CAST(version AS TEXT) FROM contact_point WHERE org_id = $1 AND person_id = '{ann}' AND kind = 'post'`),
		send: "POST /desk/people/{ann}/reach/{point}/up", body: f{"version": "{version}"}},
	{by: deskPages, send: "POST /desk/people/{ann}/speak", body: f{"by": "{bob}", "basis": "mandate", "seen": "1"}},
	{by: deskPages, look: m2("rep", `SELECT representation_id FROM representation WHERE org_id = $1 AND person_id = '{ann}'`), send: "POST /desk/people/{ann}/speak/{rep}/end"},
	{by: deskPages, send: "POST /desk/people/{ann}/home", body: f{"other": "{bob}", "word": "partner"}},
	{by: managerPages, send: "GET /desk/people/{ann}/home/{bob}/hide"},
	{by: managerPages, send: "POST /desk/people/{ann}/home/{bob}/hide", body: f{"why": "A secret address"}},
	{by: managerPages, send: "POST /desk/people/{ann}/home/{bob}/show"},
	{by: managerPages, send: "POST /desk/people/{ann}/home/{bob}/dismiss"},
	{send: "POST /api/v1/people", body: m{"name": "Bakery People {n}", "kind": "company"}, keep: m2("firm", "person.id")},
	{by: deskPages, send: "POST /desk/people/{firm}/contacts", body: f{"other": "{bob}", "function": "Orders", "acts": "1"}},
	{by: deskPages, look: m2("contact", `SELECT contact_id FROM company_contact WHERE org_id = $1 AND company_id = '{firm}'`), send: "POST /desk/people/{firm}/contacts/{contact}/end"},
	{by: deskPages, send: "POST /desk/people/{ann}/apart", body: f{"other": "{bob}", "list": "1"}},
	{by: deskPages, send: "GET /desk/people/{ann}/join/{ann2}"},
	{by: deskPages, send: "POST /desk/people/{ann}/join/{ann2}", body: f{"stay": "{ann}", "asked": "1"}},
	{by: deskPages, send: "POST /desk/people/{ann2}/unjoin"},
}

var deskHandoffSteps = []step{
	fresh("hal", "Hal Handed", "@example.nl"),
	opened("o1", "hal", "tomorrow 14:00"),
	opened("o2", "hal", "tomorrow 14:00"),
	{by: deskPages, send: "POST /desk/cases/{o1}/hand-off", body: f{"to": "{amber}", "history": "Called twice.", "consent": "1"}},
	{by: deskPages, send: "POST /desk/cases/{o2}/refer", body: f{"to": "{hospital}", "subject": "When may I come in", "note": "Please", "consent": "1"}},
	// Another organisation refers to us: each referral is answered in another way.
	{by: byHospital, send: "POST /api/v1/people", body: m{"name": "Ria Referred {n}", "birth_date": "1950-02-03", "contact_points": l{m{"kind": "email", "value": "ria{n}@example.nl", "verified": true}}}, keep: m2("ria", "person.id")},
	{by: byHospital, send: "POST /api/v1/cases", body: m{"person_id": "{ria}", "subject": "Aftercare", "channel": "phone", "promise": due("tomorrow 14:00")}, keep: m2("t1", "id")},
	{by: byHospital, send: "POST /api/v1/cases", body: m{"person_id": "{ria}", "subject": "Aftercare at home", "channel": "phone", "promise": due("tomorrow 14:00")}, keep: m2("t2", "id")},
	{by: byHospital, send: "POST /api/v1/cases", body: m{"person_id": "{ria}", "subject": "A walking stick", "channel": "phone", "promise": due("tomorrow 14:00")}, keep: m2("t3", "id")},
	{by: byHospital, send: "POST /api/v1/cases/{t1}/files", body: m{"kind": "image", "name": "letter.png", "content": picture}, keep: m2("letter", "id")},
	{by: byHospital, send: "POST /api/v1/referrals", body: m{"case_id": "{t1}", "to_organisation_id": "{home}", "consent": true, "documents": l{"{letter}"}}, keep: m2("ref1", "id")},
	{by: byHospital, send: "POST /api/v1/referrals", body: m{"case_id": "{t2}", "to_organisation_id": "{home}", "consent": true}, keep: m2("ref2", "id")},
	{by: byHospital, send: "POST /api/v1/referrals", body: m{"case_id": "{t3}", "to_organisation_id": "{home}", "consent": true}, keep: m2("ref3", "id")},
	{by: deskPages, work: true, send: "GET /desk/referrals/{ref1}/files/{letter}"},
	{by: deskPages, send: "POST /desk/referrals/{ref1}/ask", body: f{"kind": "image", "ask_why": "To plan it"}},
	{by: deskPages, send: "POST /desk/referrals/{ref1}/accept", body: f{"what": "the date", "by": "other", "by_text": "tomorrow 14:00", "promise_kind": "decision", "told": "message", "without": "1", "why": "It comes later."}},
	{by: deskPages, send: "POST /desk/referrals/{ref2}/decline", body: f{"version": "1", "reason": "no-capacity", "explanation": "We are full", "next": "back-to-sender", "advice": "Try in January"}},
	{by: deskPages, send: "POST /desk/referrals/{ref3}/forward", body: f{"version": "1", "to": "{westerdam}", "forward_why": "They have the sticks"}},
	// And asks for papers.
	{by: byHospital, send: "POST /api/v1/document-requests", body: m{"case_id": "{t2}", "kind": "specialist-letter", "of_organisation_id": "{home}", "why": "For the talk"}, keep: m2("q1", "id")},
	{by: byHospital, send: "POST /api/v1/document-requests", body: m{"case_id": "{t2}", "kind": "result", "of_organisation_id": "{home}", "why": "For the talk"}, keep: m2("q2", "id")},
	{by: byHospital, send: "POST /api/v1/document-requests", body: m{"case_id": "{t2}", "kind": "image", "of_organisation_id": "{home}", "why": "For the talk"}, keep: m2("q3", "id")},
	{by: deskPages, work: true, send: "POST /desk/document-requests/{q1}/provide", body: f{"name": "Letter", "content": "Dear colleague"}},
	{by: deskPages, send: "POST /desk/document-requests/{q2}/refuse", body: f{"reason": "never-made", "explanation": "There is none", "next": "back-to-sender", "advice": "Ask the laboratory"}},
	{by: deskPages, send: "POST /desk/document-requests/{q3}/pass-on", body: f{"to": "{westerdam}", "forward_why": "They made it"}},
}

var deskMessageSteps = []step{
	fresh("vague", "Vic Vague", nobodyKnows),
	opened("v1", "vague", "tomorrow 14:00"),
	opened("v2", "vague", "tomorrow 15:00"),
	opened("v3", "vague", "tomorrow 16:00"),
	{send: "POST /api/v1/people", body: m{"name": "Pia Phones {n}", "contact_points": l{m{"kind": "phone", "value": "010 000 07 {n}1", "verified": true}}}, keep: m2("pia", "person.id")},
	opened("v4", "pia", "tomorrow 14:00"),
	{work: true, look: m2("m1", `SELECT message_id FROM message WHERE org_id = $1 AND case_id = '{v1}' AND state = 'uncertain'`, "m2", `SELECT message_id FROM message WHERE org_id = $1 AND case_id = '{v2}' AND state = 'uncertain'`,
		"m3", `SELECT message_id FROM message WHERE org_id = $1 AND case_id = '{v3}' AND state = 'uncertain'`, "m4", `SELECT message_id FROM message WHERE org_id = $1 AND case_id = '{v4}' AND channel = 'phone'`)},
	{by: deskPages, send: "POST /desk/messages/{m1}/resend"},
	{by: deskPages, send: "POST /desk/messages/{m2}/arrived"},
	{by: deskPages, send: "POST /desk/messages/{m3}/not-arrived"},
	{by: deskPages, send: "POST /desk/messages/{m4}/no-answer", body: f{"back": "calls"}},
}

var deskHouseSteps = []step{
	{by: adminPages, look: m2("version", `SELECT CAST(version AS TEXT) FROM organisation WHERE org_id = $1`), send: "POST /desk/settings/choices/cases", body: f{"version": "{version}", "closing_days": "14", "handoff_hours": "4"}},
	{by: adminPages, look: version("team", "team_id", "gp"), send: "POST /desk/settings/teams/{gp}", body: f{"version": "{version}", "name": "Huisartsen", "duty": "{esra}", "members": "{esra}", "active": "yes"}},
	{send: "POST /api/v1/invitations", body: m{"name": "Ans Asked {n}", "email": "ans{n}@practice.example", "role": "desk"}, keep: m2("asked", "member.id")},
	{by: adminPages, send: "GET /desk/settings/people/{asked}/invitation"},
	{by: adminPages, send: "POST /desk/settings/people/{asked}/invitation"},
	{by: adminPages, look: version("member", "member_id", "asked"), send: "POST /desk/settings/people/{asked}", body: f{"version": "{version}", "name": "Ans Asked {n}", "email": "ans{n}@practice.example", "role": "desk", "title": "Desk", "active": "yes"}},
	{by: adminPages, send: "POST /desk/red-flags/new", body: f{"name": "Glass {n}", "words": "glass eye", "ask": "Which eye?", "act": "Fetch a doctor", "active": "1"}},
	{by: adminPages, look: m2("flag", `SELECT flag_id FROM red_flag WHERE org_id = $1 AND name = 'Glass {n}'`, "version", `SELECT CAST(version AS TEXT) FROM red_flag WHERE org_id = $1 AND name = 'Glass {n}'`),
		send: "POST /desk/red-flags/{flag}/drop", body: f{"version": "{version}"}},
	{send: "POST /api/v1/imports?file_name=list.csv", body: customers + "Zonder Alles {n};;\n", keep: m2("import", "id")},
	{by: managerPages, send: "GET /desk/customers/import/{import}/columns"},
	{send: "PUT /api/v1/imports/{import}/columns", match: "import", body: columns},
	{by: managerPages, work: true, send: "GET /desk/customers/import/{import}/rows"},
	{by: managerPages, send: "GET /desk/customers/import/{import}/problems.csv"},
	{by: managerPages, send: "POST /desk/customers/import/{import}/rows/2", body: f{"choice": "add"}},
	{by: managerPages, look: version("customer_import", "import_id", "import"), send: "POST /desk/customers/import/{import}/choices", body: f{"version": "{version}", "choice.part": "skip"}},
	// Somebody who starts here chooses a password, locks the screen, comes back and goes.
	{send: "POST /api/v1/members/{asked}/invitation"},
	{by: guestPages, work: true, mail: m2("asked-token", "/invitation/"), send: "GET /invitation/{asked-token}"},
	{by: guestPages, send: "POST /invitation/{asked-token}", body: f{"password": password, "again": password}},
	{by: guestPages, send: "POST /desk/me/password", body: f{"old": password, "password": password + "-anders", "again": password + "-anders"}},
	{by: guestPages, send: "POST /desk/me/sessions/end", body: f{"others": "1"}},
	{by: guestPages, send: "POST /lock"},
	{by: guestPages, send: "GET /locked", keep: m2("account", `name="account" value="`)},
	{by: guestPages, send: "POST /unlock", body: f{"account": "{account}", "password": password + "-anders"}},
	{by: guestPages, send: "POST /sign-out"},
	// A customer opens a link from a message on a screen of others.
	fresh("lea", "Lea Link", "@example.nl"),
	opened("l1", "lea", "tomorrow 14:00"),
	{look: m2("person", `SELECT asker_id FROM case_file WHERE org_id = $1 AND case_id = '{l1}'`, "question", `SELECT question_id FROM case_file WHERE org_id = $1 AND case_id = '{l1}'`)},
	{link: true, by: guestPages, send: "GET /q/{link}"},
	{by: guestPages, send: "POST /q/{link}"},
	{by: guestPages, send: "POST /q/confirm/code", body: f{"point": "{lea-point}"}},
	{by: guestPages, send: "POST /q/leave"},
}
