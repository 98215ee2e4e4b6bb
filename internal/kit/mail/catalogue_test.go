package mail_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/mail"
)

// Every outcome, step, reason and problem that the code can give has its
// sentence in both languages (that the two fit together Load checks itself).
func TestEveryCodeHasASentence(t *testing.T) {
	b, err := lang.Load(lang.Source{FS: mail.Catalogue(), Dir: "lang"})
	if err != nil {
		t.Fatal(err)
	}
	keys := b.Keys()
	wanted := []string{"mail.reason.answered", "mail.step.sender", "mail.outcome.uncertain"}
	for _, o := range []mail.Outcome{mail.Accepted, mail.NotSent, mail.Refused, mail.Uncertain} {
		wanted = append(wanted, "mail.outcome."+string(o))
	}
	for _, c := range (mail.Off{}).Check(t.Context()) {
		wanted = append(wanted, "mail.step."+c.Step)
	}
	reasons := regexp.MustCompile(`(?:Reason: |Reason = |fail\(.*, |^\t\treturn )"([a-z0-9-]+)"`)
	problems := regexp.MustCompile(`"(mail-[a-z-]+)"`)
	found := 0
	for _, file := range []string{"mail.go", "message.go", "smtp.go", "session.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range regexp.MustCompile(`(?m)^.*$`).FindAllString(string(text), -1) {
			for _, m := range reasons.FindAllStringSubmatch(line, -1) {
				wanted, found = append(wanted, "mail.reason."+m[1]), found+1
			}
			for _, m := range problems.FindAllStringSubmatch(line, -1) {
				wanted = append(wanted, "problem."+m[1])
			}
		}
	}
	if found < 15 {
		t.Errorf("only %d reasons were found in the code: the search is broken", found)
	}
	for _, key := range wanted {
		if !slices.Contains(keys, key) {
			t.Errorf("%s has no sentence", key)
		}
	}
}
