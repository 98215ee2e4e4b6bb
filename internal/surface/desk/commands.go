package desk

import (
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/module"
)

// own are the commands of the frame itself, after those of the modules; each
// entry of the navigation is a command as well.
func (d *Desk) own() (list []module.Command) {
	if d.NewCase != "" {
		list = append(list, module.Command{LabelKey: "desk.nav.new", WordsKey: "desk.command.new-words", Href: d.NewCase, Icon: "plus",
			May: func(a actor.Actor) bool { return auth.May(a, auth.CaseWrite) }})
	}
	for _, n := range d.nav {
		list = append(list, module.Command{LabelKey: n.LabelKey, Href: n.Href, Icon: n.Icon, May: n.May})
	}
	return list
}

// ownLast are commands that are rarely looked for.
func ownLast() []module.Command {
	return []module.Command{
		{LabelKey: "desk.drafts.title", WordsKey: "desk.command.drafts-words", Href: "/desk/drafts", Icon: "pencil"},
		{LabelKey: "desk.me.title", WordsKey: "desk.command.me-words", Href: "/desk/me", Icon: "user-round"},
		{LabelKey: "desk.sessions.title", WordsKey: "desk.command.sessions-words", Href: "/desk/me#sessions", Icon: "monitor"},
		{LabelKey: "desk.keys.title", WordsKey: "desk.command.keys-words", Href: "/desk/keys", Icon: "keyboard"},
		{LabelKey: "desk.roles.title", WordsKey: "desk.command.roles-words", Href: "/desk/roles", Icon: "shield",
			May: func(a actor.Actor) bool { return auth.May(a, auth.OrgRead) }},
	}
}
