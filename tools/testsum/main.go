package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

func main() {
	failed := flag.String("failed", "", "checks that failed before the tests, for the summary")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: testsum [-failed NAMES] -- go test -json ARG...")
		os.Exit(2)
	}
	os.Exit(run(flag.Args(), *failed, os.Stdout, os.Stderr))
}

func run(command []string, failedBefore string, stdout, stderr io.Writer) int {
	// An interrupt reaches the tests too, as they are in our process group; we stay to say how far they came.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(interrupts)

	cmd := exec.CommandContext(context.Background(), command[0], command[1:]...)
	cmd.Stderr = stderr
	events, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(stderr, "testsum:", err)
		return 1
	}
	sum := newSummary(stdout)
	readErr := sum.read(events)
	exitErr := cmd.Wait()
	if readErr != nil {
		sum.failRun("reading the results: " + readErr.Error())
	}
	if exitErr != nil && sum.failed == 0 {
		sum.failRun(fmt.Sprintf("%s: %v", command[0], exitErr))
	}
	if failedBefore != "" {
		sum.failedBefore(failedBefore)
	}
	if sum.close() && failedBefore == "" {
		return 0
	}
	return 1
}
