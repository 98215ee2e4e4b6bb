package casefile

// CutText and TallyText are the statements behind lists, for tests of their plans.
var (
	CutText   = cutText
	TallyText = tallyText
)

// MarkOf is the place of a case in a list.
func MarkOf(f Filter, c Case) Mark { return f.mark(c) }
