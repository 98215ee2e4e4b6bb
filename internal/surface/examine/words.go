package examine

// Role is what a column of a log is for.
type Role int

// The roles. A log needs Case and When; who had a case takes Who or Group.
const (
	Case Role = iota
	Who
	Group
	When
	Clock // the time of day, where the date stands in a column of its own
	Activity
	Start
	Deadline
	End
	Kind
	roles
)

// flags are how the roles are called on the command line.
var flags = [roles]string{"case", "who", "group", "when", "clock", "activity", "start", "deadline", "end", "kind"}

// Flag is how a role is called on the command line.
func (r Role) Flag() string { return flags[r] }

// known are the names of columns by role, in order of preference: those of
// XES, of tools that export event logs, and of Dutch and English registrations.
// They are compared without case, spaces and punctuation.
var known = [roles][]string{
	Case: {"caseconceptname", "caseid", "casenumber", "caseno", "casenr", "casekey", "caseidentifier", "case", "traceid", "trace",
		"zaaknummer", "zaakid", "zaakidentificatie", "zaaknr", "zaak", "casusnummer", "casusid", "casus", "dossiernummer", "dossierid", "dossiernr", "dossier",
		"meldingnummer", "meldingsnummer", "meldingid", "melding", "ticketnumber", "ticketid", "ticketnummer", "ticketno", "ticket", "incidentnumber", "incidentid", "incident",
		"srnumber", "servicerequest", "requestnumber", "requestid", "request", "aanvraagnummer", "aanvraagid", "aanvraag", "vraagnummer", "vraagid", "vraag", "questionid",
		"klachtnummer", "klachtid", "complaintid", "issueid", "issuekey", "issue", "claimnumber", "claimid", "applicationid", "application", "ordernumber", "ordernummer", "orderid", "order",
		"opdrachtnummer", "werkordernummer", "workordernumber", "workorderid", "instanceid", "processinstance", "processinstanceid", "conversationid", "gesprekid", "kenmerk", "zaakkenmerk",
		"referentie", "referentienummer", "reference", "referencenumber", "patientid", "patientnummer", "patient", "clientnummer", "clientid", "id"},
	Who: {"orgresource", "resource", "resourcename", "resourceid", "medewerker", "medewerkernaam", "medewerkerid", "medewerkernummer", "naammedewerker", "behandelaar", "behandelendmedewerker",
		"uitvoerder", "uitgevoerddoor", "gebruiker", "gebruikersnaam", "gebruikerid", "employee", "employeeid", "employeename", "user", "username", "userid", "performer", "performedby", "agent", "agentname", "agentid",
		"actor", "operator", "worker", "staff", "staffmember", "person", "persoon", "handler", "handledby", "assignee", "assignedto", "toegewezenaan", "consultant", "originator", "ownerfirstname", "owner", "eigenaar",
		"who", "wie", "door", "doorwie", "changedby", "gewijzigddoor", "modifiedby", "updatedby", "createdby", "aangemaaktdoor", "ingevoerddoor", "author", "auteur", "by", "naam", "name"},
	Group: {"orggroup", "group", "groupname", "groep", "groepnaam", "team", "teamnaam", "teamname", "afdeling", "department", "behandelgroep", "behandelteam", "werkgroep", "workgroup", "assignmentgroup",
		"supportgroup", "queue", "wachtrij", "unit", "orgunit", "organisatieonderdeel", "organisationalunit", "bureau", "balie", "desk", "orgrole", "role", "rol", "functie", "specialisme", "specialism"},
	When: {"timetimestamp", "timestamp", "completetimestamp", "completiontimestamp", "eventtime", "eventtimestamp", "eventdate", "eventdatetime", "datetime", "datumtijd", "datumentijd", "tijdstip", "tijdstempel",
		"datumtijdstip", "tijdstipgebeurtenis", "gebeurtenisdatum", "actiedatum", "mutatiedatum", "wijzigingsdatum", "gewijzigdop", "changedatetime", "changedat", "modifiedat", "updatedat", "logdate", "logtime", "loggedat", "moment", "wanneer", "when",
		"occurredat", "happenedat", "completetime", "endtimestamp", "endtime", "eindtijd", "uitgevoerdop", "performedat", "datum", "date", "time", "tijd", "createdat", "created", "aangemaaktop", "starttimestamp", "starttime", "starttijd", "begintijd"},
	Clock:    {"tijd", "time", "kloktijd", "clock", "uur", "tijdstip", "eventtime", "timeofday"},
	Activity: {"conceptname", "activity", "activityname", "activiteit", "activiteitnaam", "handeling", "actie", "action", "gebeurtenis", "event", "eventname", "eventtype", "task", "taskname", "taak", "taaknaam", "stap", "processtap", "step", "operation", "status", "statusnaam", "omschrijving", "description"},
	Start: {"startdate", "startdatum", "begindatum", "ontvangstdatum", "ontvangenop", "ontvangen", "datumontvangst", "datumontvangen", "receiveddate", "receivedat", "received", "regdate", "registratiedatum", "registrationdate", "aanvraagdatum", "indieningsdatum",
		"openedat", "openeddate", "opened", "geopendop", "creationdate", "askedat", "gevraagdop", "start"},
	Deadline: {"deadline", "deadlinedate", "duedate", "dueat", "due", "uiterstedatum", "uiterlijkedatum", "uiterlijk", "fataledatum", "streefdatum", "vervaldatum", "wettelijketermijn", "termijn", "afhandeltermijn", "targetdate", "sladeadline", "sladue", "sladuedate"},
	End: {"enddate", "einddatum", "einddatumwerkelijk", "werkelijkeeinddatum", "afhandeldatum", "datumafhandeling", "datumafgehandeld", "afgehandeldop", "afgehandeld", "afgerondop", "afgerond", "closedat", "closeddate", "closedate", "closuredate", "closed",
		"afsluitdatum", "afgeslotenop", "afgesloten", "geslotenop", "resolvedat", "resolveddate", "resolved", "completiondate", "finisheddate", "gereeddatum", "datumgereed", "gereedop", "gereed", "end"},
	Kind: {"kind", "casekind", "casetype", "zaaktype", "soort", "zaaksoort", "soortvraag", "vraagsoort", "soortzaak", "type", "requesttype", "category", "categorie", "productcategory", "product", "producttype", "onderwerp", "subject", "topic", "dienst", "service", "casecategory",
		"channel", "kanaal", "department", "afdeling", "variant", "caseseverity", "priority", "prioriteit", "group"},
}

// hints are parts of names, for columns that no list knows.
var hints = [roles][]string{
	Case: {"casenumber", "caseid", "zaak", "dossier", "ticket", "incident", "trace", "melding"},
	Who:  {"medewerker", "behandelaar", "resource", "employee", "username", "gebruiker", "agent"},
	When: {"timestamp", "tijdstip", "datumtijd", "datetime", "eventtime"},
}
