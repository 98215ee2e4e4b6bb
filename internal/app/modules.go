package app

import (
	"io/fs"

	"github.com/houvast/houvast/internal/care/absence"
	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/exchange"
	"github.com/houvast/houvast/internal/care/handoff"
	"github.com/houvast/houvast/internal/care/insight"
	"github.com/houvast/houvast/internal/care/intake"
	"github.com/houvast/houvast/internal/care/message"
	"github.com/houvast/houvast/internal/care/note"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/care/template"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/surface/desk"
	exam "github.com/houvast/houvast/internal/surface/examine"
	"github.com/houvast/houvast/internal/surface/portal"
	"github.com/houvast/houvast/internal/surface/rest"
	"github.com/houvast/houvast/internal/surface/story"
	storyhtml "github.com/houvast/houvast/internal/surface/story/html"
)

// modules is THE list: every capability of the house, the spine first.
func (s *services) modules(o Options) []module.Module {
	watched := !o.Bare // a bare replay has nobody who watches
	return []module.Module{
		s.auth.Module(),
		org.Module(s.org),
		person.Module(s.person),
		signal.Module(s.signal, watched),
		promise.Module(s.promise, o.Log, watched),
		casefile.Module(s.casefile),
		message.Module(s.message),
		handoff.Module(s.handoff, o.Log),
		note.Module(s.note),
		absence.Module(s.absence, watched),
		insight.Module(s.insight),
		intake.Module(s.intake),
		exchange.Module(s.exchange),
		template.Module(s.template),
		story.Pages(shelf()),
	}
}

// capabilityMigrations are their tables, in the same order.
var capabilityMigrations = []fs.FS{
	auth.Migrations, org.Migrations, person.Migrations, signal.Migrations, promise.Migrations,
	casefile.Migrations, message.Migrations, handoff.Migrations, note.Migrations, absence.Migrations, insight.Migrations, intake.Migrations, exchange.Migrations, template.Migrations,
}

// Words are the sentences of the whole house, checked for completeness.
func Words() (*lang.Bundle, error) {
	at := "lang"
	return lang.Load(append(web.Languages(),
		lang.Source{FS: mail.Catalogue(), Dir: at}, auth.Lang, desk.Lang, portal.Lang,
		lang.Source{FS: org.Words, Dir: at}, lang.Source{FS: person.Words, Dir: at}, lang.Source{FS: signal.Words, Dir: at},
		lang.Source{FS: promise.Words, Dir: at}, lang.Source{FS: casefile.Words, Dir: at},
		lang.Source{FS: message.Words, Dir: at}, lang.Source{FS: handoff.Words, Dir: at}, lang.Source{FS: note.Words, Dir: at}, lang.Source{FS: absence.Words, Dir: at}, lang.Source{FS: insight.Words, Dir: at},
		lang.Source{FS: intake.Words, Dir: at},
		lang.Source{FS: exchange.Words, Dir: at}, lang.Source{FS: template.Words, Dir: at},
		rest.Lang, storyhtml.Lang, exam.Lang, appWords,
	)...)
}
