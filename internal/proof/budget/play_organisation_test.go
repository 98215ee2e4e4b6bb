package budget

var orgSteps = []step{
	{send: "GET /api/v1/organisation", keep: m2("organisation", "id")},
	{send: "PATCH /api/v1/organisation", match: "organisation", body: m{"phone": "010 000 01 0{n}"}},
	{send: "GET /api/v1/teams/{gp}", keep: m2("team", "id")},
	{send: "PATCH /api/v1/teams/{team}", match: "team", body: m{"duty_member_id": "{esra}"}},
	{send: "POST /api/v1/invitations", body: m{"name": "Ivo Invited {n}", "email": "ivo{n}@practice.example", "role": "desk"}, keep: m2("invited", "member.id")},
	{send: "POST /api/v1/members/{invited}/invitation"},
	{send: "POST /api/v1/api-keys", body: m{"kind": "organisation", "name": "for a while {n}"}, keep: m2("api-key", "id")},
	{send: "DELETE /api/v1/api-keys/{api-key}"},
	{by: byManager, send: "POST /api/v1/templates", body: m{"name": "Thanks {n}", "text_nl": "Dank u wel.", "text_en": "Thank you."}, keep: m2("template", "id")},
	{by: byManager, send: "PUT /api/v1/templates/{template}", match: "template", body: m{"name": "Thanks {n}", "text_nl": "Heel hartelijk dank.", "text_en": "Thank you very much."}},
	{by: byManager, send: "DELETE /api/v1/templates/{template}"},
	{send: "POST /api/v1/texts/check", body: m{"language": "en", "text": "We will revert at our earliest convenience."}},
	{send: "POST /api/v1/absences/preview", body: m{"member_id": "{bas}", "kind": "ill", "until": "{later}"}},
	{send: "POST /api/v1/absences", body: m{"member_id": "{bas}", "kind": "ill", "until": "{later}", "stand_in_id": "{ineke}"}, keep: m2("absence", "id")},
	{work: true, send: "GET /api/v1/absences/{absence}", keep: m2("absence", "id")},
	{send: "PATCH /api/v1/absences/{absence}", match: "absence", body: m{"until": "{last}"}},
	{send: "POST /api/v1/absences/{absence}/end"},
}

const customers = "Name;Birth date;E-mail\nPiet Row {n};03-02-1971;piet.row{n}@example.nl\nMies Row {n};04-02-1971;mies.row{n}@example.nl\n"

// columns say what is in each column of those lists.
var columns = m{"columns": l{m{"target": "name"}, m{"target": "birth", "order": "dmy"}, m{"target": "email"}}}

var importSteps = []step{
	{send: "POST /api/v1/imports?file_name=list.csv", body: customers, keep: m2("import", "id")},
	{send: "PUT /api/v1/imports/{import}/columns", match: "import", body: columns},
	{work: true, send: "GET /api/v1/imports/{import}", keep: m2("import", "id")},
	{send: "PUT /api/v1/imports/{import}/choices", match: "import", body: m{"choices": m{"part": "skip"}}, keep: m2("import", "id")},
	{send: "PUT /api/v1/imports/{import}/rows/2/choice", body: m{"choice": "add"}, keep: m2("import", "id")},
	{send: "POST /api/v1/imports/{import}/confirm", match: "import"},
	{send: "POST /api/v1/imports/{import}/stop"},
	{send: "POST /api/v1/imports/{import}/continue"},
	{work: true, send: "POST /api/v1/imports/{import}/undo"},
	{work: true, send: "POST /api/v1/imports?file_name=list.csv", body: customers, keep: m2("import", "id")},
	{send: "POST /api/v1/imports/{import}/drop"},
}
