# Every target sets up what it needs by itself. `make` alone lists them.
# PKGS limits test, race, lint and microbench:  make test PKGS=./internal/kernel/...
# TESTFLAGS go to `go test`:               make test PKGS=./internal/care/promise TESTFLAGS='-run Watch -v'
# ROUNDS is how often failover does each thing; PREVIOUS is the commit that roll begins with.
# ARGS go to demo, replay and bench:       make replay ARGS='--bare'

PKGS      ?= ./...
TESTFLAGS ?=
ARGS      ?=
LONG      ?= 10m
ROUNDS    ?= 3
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
BUILD      = CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)'

SHELL     := bash
export TESTFLAGS

.DEFAULT_GOAL := help
.PHONY: help demo test build lint fmt generate race bench microbench chaos failover roll fuzz model coverage screenshots replay clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: build ## a practice, two hospitals and a lively day, on http://localhost
	@bin/houvast demo $(ARGS)

test: ## everything: checks, both databases, a real browser
	@tools/test $(PKGS)

build: ## bin/houvast, one static binary
	@echo "── building bin/houvast $(VERSION) (the first time takes a few minutes)"
	@$(BUILD) -o bin/houvast ./cmd/houvast

lint: ## formatting, vet, generated files, linters
	@tools/check $(PKGS) >/dev/null

fmt: ## format Go code and templates
	@git ls-files -z --cached --others --exclude-standard '*.go' | xargs -0r gofmt -w
	@go tool templ fmt -log-level error .

generate: ## Go code from the templates
	@echo "── generating pages from templates"
	@go tool templ generate -log-level error

race: ## the tests under the race detector
	@tools/need postgres cc
	@echo "── tests under the race detector (several times slower)"
	@CGO_ENABLED=1 tools/postgres -- go run ./tools/testsum -- go test -json -race -count=1 -timeout 60m $(TESTFLAGS) $(PKGS)

bench: ## the real program on large practices, beside its limits (ARGS=--quick: a minute)
	@go run ./tools/bench $(ARGS)

microbench: ## benchmarks of single functions, on both databases
	@tools/need postgres
	@tools/postgres -- go test -run '^$$' -bench . -benchmem $(TESTFLAGS) $(PKGS)

chaos: ## break the real program in every way and look at what is left (ARGS=--quick: some minutes)
	@tools/need postgres strace
	@go run ./tools/chaos $(ARGS)

failover: ## three PostgreSQLs that Patroni and etcd look after, broken under two nodes at work, ROUNDS=3 times each way
	@tools/need postgres patroni
	@HOUVAST_TEST_FAILOVER=$(ROUNDS) go test -count=1 -v -timeout 3h -run Failover $(TESTFLAGS) ./internal/proof/failover

roll: ## an older version replaced by this one node by node under load: make roll PREVIOUS=commit
	@tools/need postgres
	@tools/roll '$(PREVIOUS)'

fuzz: ## every parser with anything at all, FUZZTIME=10s each (FUZZ='Cursor|Form' limits them)
	@tools/fuzz $(PKGS)

model: ## what many users ask at once against a model, on both databases, LONG=10m each
	@tools/need postgres
	@HOUVAST_TEST_LONG=$(LONG) tools/postgres -- go test -count=1 -v -timeout 10h -run WhateverManyPeopleAsk $(TESTFLAGS) ./internal/proof/model

coverage: ## how much of decisions and services the tests reach, by package
	@tools/need postgres
	@mkdir -p .cache
	@echo "── all tests, counting what they reach"
	@tools/postgres --hasty -- go test -count=1 -timeout 60m -coverpkg=./internal/kernel/...,./internal/care/... -coverprofile=.cache/coverage.out $(TESTFLAGS) $(PKGS) >.cache/coverage.log || { grep -v '^ok' .cache/coverage.log; exit 1; }
	@go run ./tools/coverage .cache/coverage.out

screenshots: ## the pictures in docs/screenshots, taken anew in Chromium
	@tools/need chromium
	@echo "── taking the pictures of docs/screenshots"
	@HOUVAST_TEST_BROWSER=1 HOUVAST_SCREENSHOTS=$(CURDIR)/docs/screenshots CHROMIUM="$$(. tools/lib.sh && chromium_bin)" \
		go test -count=1 -run Screenshots $(TESTFLAGS) $(PKGS)

replay: build ## play the stories through the API and compare
	@for story in stories/*.yaml; do echo "── $$story"; bin/houvast replay "$$story" $(ARGS) || exit 1; done

clean: ## remove what was built
	@rm -rf bin .cache
