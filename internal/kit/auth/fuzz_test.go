package auth

import (
	"strings"
	"testing"
)

// An organisation in a token is one id or nothing, and those we make say whose
// they are.
func FuzzToken(f *testing.F) {
	for _, s := range []string{"06gwy8nj81r4v2ergfv084hn1c.abc", "hvs_06gwy8nj81r4v2ergfv084hn1c.abc.d", "....", "hv_..", strings.Repeat("a", 400), "a\x00.b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if o := OrgOfLink(s); o != "" {
			if orgFrom(orgPart(o)) != o {
				t.Errorf("%q is of %q, which is written %q", s, o, orgPart(o))
			}
			if OrgOfLink(orgPart(o)+".secret") != o {
				t.Errorf("a link of %q is of %q", o, OrgOfLink(orgPart(o)+".secret"))
			}
		}
	})
}
