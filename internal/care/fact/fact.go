package fact

// Organisation.
const (
	OrgCreated    = "org.created"    // text: name
	OrgChanged    = "org.changed"    // data: what (list)
	MemberAdded   = "member.added"   // data: member, role; text: name
	MemberChanged = "member.changed" // data: member, what
	TeamChanged   = "team.changed"   // data: team, duty; text: name
	RedFlagSet    = "red-flag.set"   // data: flag, what; text: name
	KeyCreated    = "key.created"    // data: key; text: name
	KeyRevoked    = "key.revoked"    // data: key
	SignedIn      = "account.signed-in"
	SignInRefused = "account.refused"
)

// Person.
const (
	PersonAdded         = "person.added"          // data: person
	PersonChanged       = "person.changed"        // data: what (list)
	ContactPointAdded   = "contact-point.added"   // data: point, kind
	ContactPointChanged = "contact-point.changed" // data: point, what
	MatterSaid          = "matter.said"           // data: matter; text: text
	RepresentationSet   = "representation.set"    // data: by, with (the same), basis, since, until, authority
	PersonMerged        = "person.merged"         // data: merge, person, into, with, seen (who may have seen what), count
	PersonUnmerged      = "person.unmerged"       // data: the same
	PersonApart         = "person.apart"          // data: with — looked like one, are two
	HouseholdConfirmed  = "household.confirmed"   // data: tie, with, word
	HouseholdDismissed  = "household.dismissed"   // data: tie, with
	HouseholdHidden     = "household.hidden"      // data: tie, with; text: why
	EmergencyOpened     = "emergency.opened"      // data: emergency, until, member (who was told); text: why
	EmergencyEnded      = "emergency.ended"       // data: emergency, member (who opened it)
	EmergencyAnswered   = "emergency.answered"    // data: emergency, member (who opened it), answer; text: why
	ContactPersonSet    = "contact-person.set"    // data: contact, with; text: function
	ContactPersonEnded  = "contact-person.ended"  // data: contact, with
	ConsentGiven        = "consent.given"         // data: consent, purpose, with (who said so), how
	ConsentWithdrawn    = "consent.withdrawn"     // data: the same
	LinkOpened          = "link.opened"           // data: link — the customer opened the page
	LinkRevoked         = "link.revoked"          // data: link
)

// Bringing customers in and taking them out. Data of an import always has: import.
const (
	ImportRead     = "import.read"     // + rows, form
	ImportStarted  = "import.started"  // + rows, add, complete
	ImportStopped  = "import.stopped"  // + added
	ImportFinished = "import.finished" // + added, completed, failed
	ImportUndone   = "import.undone"   // + undone, kept
	PersonRemoved  = "person.removed"  // data: person, import: added by mistake and never used
	PeopleExported = "people.exported" // data: form, people
)

// Signal.
const (
	SignalRaised  = "signal.raised"  // data: signal, kind, member, subject, level
	SignalTaken   = "signal.taken"   // data: signal, kind
	SignalCleared = "signal.cleared" // data: signal, kind
)

// Promise. Data always has: promise, kind, due, keeper; window: from.
const (
	PromiseMade         = "promise.made"         // + told, channel, internal, predecessor; text: what
	PromiseKept         = "promise.kept"         // + how, at_once; text: note
	PromiseBroken       = "promise.broken"       // + why: late | early; in_a_row; text: what
	PromiseRenegotiated = "promise.renegotiated" // + successor, new_due, by: us | customer; text: what
	PromiseWithdrawn    = "promise.withdrawn"    // + by; text: why
	PromiseRetracted    = "promise.retracted"    // a "kept" undone within its minute
	PromiseRisk         = "promise.risk"         // + level, member
	PromiseTold         = "promise.told"         // + channel, message
	PromisePassed       = "promise.passed-on"    // + from, absence: who stands in keeps it now
)

// Series: promises that follow one another. Data always has: series, sort: steps | rule.
const (
	SeriesMade    = "series.made"    // + more: how many are still to come; text: what
	SeriesChanged = "series.changed" // + more, told; text: what
	SeriesEnded   = "series.ended"   // + how: done | stopped | the reason the case closed; text: why, what
)

// Case.
const (
	CaseOpened       = "case.opened"             // data: ref, owner, channel, door; text: subject
	CaseAskClose     = "case.ask-close"          // data: promise, silent_at
	CaseClosed       = "case.closed"             // data: reason
	CaseReopened     = "case.reopened"           // data: by; text: why
	CaseOwner        = "case.owner"              // data: from, to, handoff
	CaseCaller       = "case.caller"             // data: from, to: it became known who called
	CaseUrgent       = "case.urgent"             // data: flags (list), member: who was fetched; text: what
	UrgencyAsked     = "urgency.asked"           // data: flags (list): asked about, and not urgent; text: what
	CaseWaits        = "case.waits"              // data: waiting, kind: customer | other, until, promise; text: whom, what
	CaseWaited       = "case.waited"             // data: waiting, kind, how: answered | by-hand | again | closed
	CaseMerged       = "case.merged"             // in the case that goes on. data: case, ref, promises (how many came along)
	CaseLinked       = "case.linked"             // data: case, ref; text: why
	CaseUnlinked     = "case.unlinked"           // data: case, ref
	ContactLogged    = "contact.logged"          // data: contact, direction, channel, with, visible; text: said
	DoorOpened       = "door.opened"             // data: door, until; text: when
	DoorUsed         = "door.used"               // data: door
	SentElsewhere    = "customer.sent-elsewhere" // data: to, accepted; only with an accepted handoff, or in a bare replay; text: why
	DocumentInfected = "document.infected"       // + document: a scanner found something; text: name
	DocumentAdded    = "document.added"          // data: document, kind; text: name
)

// Note for colleagues. Data always has: note_id.
const (
	NoteAdded     = "note.added"      // + count: of colleagues mentioned; text: note
	NoteTakenBack = "note.taken-back" // the text of the note is erased
)

// Message. Data always has: message, channel, template.
const (
	MessageQueued    = "message.queued"
	MessageSent      = "message.sent" // accepted by the provider
	MessageDelivered = "message.delivered"
	MessageSeen      = "message.seen"
	MessageFailed    = "message.failed"    // + code, fallback
	MessageUncertain = "message.uncertain" // a person decides
	MessageSpoken    = "message.spoken"    // said by phone or at the desk
	MessageRecalled  = "message.recalled"  // taken back before it was sent; + code
)

// Handoff within an organisation and referral to another. Data always has:
// handoff, from, to; referrals: to_org, referral.
const (
	HandoffOffered    = "handoff.offered" // + answer_by, pack, missing
	HandoffAccepted   = "handoff.accepted"
	HandoffDeclined   = "handoff.declined"  // + reason, next; text: explanation
	HandoffTimedOut   = "handoff.timed-out" // + member: who has it now
	HandoffWithdrawn  = "handoff.withdrawn"
	ReferralOffered   = "referral.offered"
	ReferralReceived  = "referral.received"
	ReferralAccepted  = "referral.accepted"
	ReferralDeclined  = "referral.declined"
	ReferralForwarded = "referral.forwarded" // + onward_org
	ReferralTimedOut  = "referral.timed-out"
	ReferralWithdrawn = "referral.withdrawn"
	DocumentRequested = "document.requested" // + kind, of_org
	DocumentProvided  = "document.provided"  // + kind, document
	DocumentRefused   = "document.refused"   // + kind, reason, next
	DocumentAsked     = "document.asked"     // + kind: the asked organisation has the request
	DocumentPassedOn  = "document.passed-on" // + kind, onward_org
	BounceCounted     = "bounce.counted"     // + count: how often this question was passed on
)

// Absence. Data always has: absence, member. Why somebody is away is kept out
// of the record, which is for ever.
const (
	AbsenceMade     = "absence.made"     // + from, until
	AbsenceChanged  = "absence.changed"  // + until
	AbsenceArranged = "absence.arranged" // + handed, moved, open: what needs a person
	AbsenceEnded    = "absence.ended"
)

// Texts for answers. Data always has: template; text: name.
const (
	TemplateSaved   = "template.saved" // + version
	TemplateDropped = "template.dropped"
)
