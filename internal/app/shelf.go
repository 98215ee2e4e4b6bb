package app

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/surface/story"
	"github.com/houvast/houvast/stories"
)

// shelf shows the stories that are part of the program. A story is replayed
// when somebody first looks, on a private instance beside the real one, with
// the safeguards on and off; so the page never claims what this program would
// not do. The result is kept for as long as the program runs.
func shelf() story.Shelf {
	var names []string
	books := map[string]*book{}
	for _, file := range stories.Demo {
		name := strings.TrimSuffix(file, ".yaml")
		if name == stories.Today { // the demo's day has nothing to compare with
			continue
		}
		names = append(names, name)
		books[name] = &book{file: file}
	}
	return story.Shelf{Names: names, Get: func(name string) (*story.Result, *story.Result, error) {
		b, ok := books[name]
		if !ok {
			return nil, nil, errs.New(errs.NotFound, "story-not-found")
		}
		return b.read()
	}}
}

type book struct {
	file string

	mu            sync.Mutex
	guarded, bare *story.Result
}

func (b *book) read() (*story.Result, *story.Result, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.guarded != nil {
		return b.guarded, b.bare, nil
	}
	// Not the request's context: whoever comes next wants the result too.
	ctx := context.Background()
	guarded, err := replayEmbedded(ctx, b.file, false)
	if err != nil {
		return nil, nil, err
	}
	bare, err := replayEmbedded(ctx, b.file, true)
	if err != nil {
		return nil, nil, err
	}
	b.guarded, b.bare = guarded, bare
	return guarded, bare, nil
}

func replayEmbedded(ctx context.Context, file string, bare bool) (r *story.Result, err error) {
	s, err := embedded(file)
	if err != nil {
		return nil, err
	}
	in, err := newInstance(ctx, instanceOptions{Start: s.Start(), Bare: bare})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	return playOn(ctx, in, s, bare)
}
