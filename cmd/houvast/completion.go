package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints a completion script made from the commands as they are.
func (c completionCmd) Run(s streams, parser *kong.Kong) error {
	words := map[string][]string{}
	gather(words, "", parser.Model.Node)
	switch c.Shell {
	case "fish":
		return fish(s.out, words)
	case "zsh":
		if _, err := fmt.Fprintln(s.out, "autoload -U +X bashcompinit && bashcompinit"); err != nil {
			return err
		}
	}
	return bash(s.out, words)
}

// gather lists, per path of commands, what may follow.
func gather(words map[string][]string, path string, n *kong.Node) {
	for _, child := range n.Children {
		if child.Type == kong.CommandNode && !child.Hidden {
			words[path] = append(words[path], child.Name)
			gather(words, strings.TrimSpace(path+" "+child.Name), child)
		}
	}
	for _, f := range n.Flags {
		words[path] = append(words[path], "--"+f.Name)
	}
}

func bash(w io.Writer, words map[string][]string) error {
	var b strings.Builder
	b.WriteString("_houvast() {\n  local cur=${COMP_WORDS[COMP_CWORD]} path='' w\n" +
		"  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do [[ $w == -* ]] || path=\"${path:+$path }$w\"; done\n  case $path in\n")
	for _, p := range sorted(words) {
		fmt.Fprintf(&b, "    '%s') COMPREPLY=($(compgen -W '%s' -- \"$cur\")) ;;\n", p, strings.Join(words[p], " "))
	}
	b.WriteString("    *) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n  esac\n}\ncomplete -o default -F _houvast houvast\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func fish(w io.Writer, words map[string][]string) error {
	var b strings.Builder
	for _, p := range sorted(words) {
		when := "__fish_use_subcommand"
		if p != "" {
			parts := strings.Fields(p)
			when = "__fish_seen_subcommand_from " + parts[len(parts)-1]
		}
		for _, word := range words[p] {
			if long, ok := strings.CutPrefix(word, "--"); ok {
				fmt.Fprintf(&b, "complete -c houvast -n '%s' -l %s\n", when, long)
			} else {
				fmt.Fprintf(&b, "complete -c houvast -f -n '%s' -a %s\n", when, word)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func sorted(m map[string][]string) []string { return slices.Sorted(maps.Keys(m)) }
