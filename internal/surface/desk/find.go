package desk

import (
	"context"
	"strings"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// Found is what the records hold for what somebody typed.
type Found struct {
	Groups []ui.HitGroup // with something in them
	Only   string        // where to go at once: a case by its whole reference
	Note   string        // that there is more than is shown
	Saw    []web.Seen    // the records that are shown
}

// Finder looks in the records. Brief: for the dialog, while somebody types.
type Finder func(ctx context.Context, who actor.Actor, words lang.Printer, typed string, brief bool) (Found, error)

// Limits of the palette.
const (
	maxTyped    = 200
	maxCommands = 8
)

// find is search and commands: a page, and for the script the same within a
// dialog.
func (d *Desk) find(c *web.Ctx) error {
	typed := c.Query("q")
	if runes := []rune(typed); len(runes) > maxTyped {
		typed = string(runes[:maxTyped])
	}
	var found Found
	if typed != "" && d.Find != nil {
		var err error
		if found, err = d.Find(c.Context(), c.Actor, c.P, typed, c.IsFragment()); err != nil {
			return err
		}
		if found.Only != "" && !c.IsFragment() {
			return c.Redirect(found.Only)
		}
	}
	commands := d.offered(c, typed)
	v := ui.PaletteView{Action: d.Search, Query: typed, Groups: found.Groups, Empty: found.Note, BackHref: Home}
	n := 0
	for _, g := range found.Groups {
		n += len(g.Hits)
	}
	if len(commands) > 0 {
		v.Groups = append(v.Groups, ui.HitGroup{Title: c.P.T("desk.find.commands"), Hits: commands})
	}
	v.Status = c.P.T("desk.find.status", "Found", n, "Commands", len(commands))
	if n == 0 && typed != "" {
		v.Empty = c.P.T("desk.find.none")
	}
	for _, s := range found.Saw {
		c.Saw(s.Kind, s.ID)
	}
	if c.IsFragment() {
		return c.Fragment(ui.Fragment(c.P, ui.Palette(v)))
	}
	return c.Page(web.Page{Title: c.P.T("ui.palette.title"), Body: ui.Palette(v)})
}

// offered are the commands that fit what was typed: each word of it begins a
// word of the command. Without anything typed the first ones are offered.
func (d *Desk) offered(c *web.Ctx, typed string) (list []ui.HitView) {
	words := fold.Words(typed)
	for _, cmd := range d.commands {
		if cmd.May != nil && !cmd.May(c.Actor) {
			continue
		}
		label, more := c.P.T(cmd.LabelKey), ""
		if cmd.WordsKey != "" {
			more = c.P.T(cmd.WordsKey)
		}
		if fits(words, fold.Words(label+" "+more)) {
			list = append(list, ui.HitView{Href: cmd.Href, Title: label, Match: typed, Icon: cmd.Icon})
		}
	}
	if len(list) > maxCommands {
		list = list[:maxCommands]
	}
	return list
}

func fits(typed, words []string) bool {
	for _, t := range typed {
		found := false
		for _, w := range words {
			found = found || strings.HasPrefix(w, t)
		}
		if !found {
			return false
		}
	}
	return true
}
