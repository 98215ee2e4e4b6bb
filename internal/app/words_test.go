package app

import "testing"

func TestWordsAreComplete(t *testing.T) {
	if _, err := Words(); err != nil {
		t.Fatal(err)
	}
}
