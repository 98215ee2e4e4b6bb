package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // as in the program

	"github.com/houvast/houvast/internal/proof/chaos"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, out, errOut io.Writer) int {
	if len(args) == 2 && args[0] == "serve" { // started by the harness
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		if err := chaos.Serve(ctx, args[1], os.Environ(), out, errOut); err != nil {
			fmt.Fprintln(errOut, "chaos:", err)
			return 1
		}
		return 0
	}
	ctx, stop, end := politely(errOut)
	defer end()
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.SetOutput(errOut)
	o := chaos.Options{Log: errOut, Stop: stop}
	flags.BoolVar(&o.Quick, "quick", false, "a minute or so instead of a quarter of an hour")
	only := flags.String("only", "", "only these, with commas: "+strings.Join(chaos.Names(), ","))
	base := flags.String("db", "", "only this database: sqlite or postgres")
	flags.IntVar(&o.Kills, "kills", 0, "how often to kill, over the databases together (default 1000, 16 when quick)")
	flags.Uint64Var(&o.Seed, "seed", 0, "repeat what a run with this seed asked for")
	plant := flags.String("plant", "", fmt.Sprintf("plant a fault that must be found: %v", chaos.Plants))
	flags.StringVar(&o.Program, "program", "", "a built houvast; default: build it")
	flags.StringVar(&o.Self, "self", "", "a built chaos; default: build it")
	asJSON := flags.Bool("json", false, "print one JSON object")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintln(errOut, "chaos: flags only; see --help")
		return 2
	}
	if *only != "" {
		o.Only = strings.Split(*only, ",")
	}
	if *base != "" {
		o.Bases = []string{*base}
	}
	o.Plant = chaos.Plant(*plant)
	rep, err := chaos.Run(ctx, o)
	if err != nil {
		fmt.Fprintln(errOut, "chaos:", err)
		return 1
	}
	if *asJSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		err = enc.Encode(rep)
	} else {
		err = rep.Print(out)
	}
	if err != nil {
		fmt.Fprintln(errOut, "chaos:", err)
		return 1
	}
	if !rep.OK() {
		return 1
	}
	return 0
}

// politely gives a channel that closes when somebody asks to end, by Ctrl-C or
// SIGTERM, and a context that ends when they ask again.
func politely(errOut io.Writer) (ctx context.Context, stop <-chan struct{}, end func()) {
	asked, first := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-asked
		close(first)
		fmt.Fprintln(errOut, "── ends after this step, looks at what is there, and prints the table; once more to end at once")
		<-asked
		cancel()
	}()
	return ctx, first, func() {
		signal.Stop(asked)
		cancel()
	}
}
