package casefile

// Terms are what a case is found by: for who writes cases as history, without
// opening them one by one.
func Terms(subject string) []string { return caseTerms(subject) }
