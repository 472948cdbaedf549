# Tanggap. `make help` lists what can be made.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)
LINT := .cache/tools/golangci-lint
OIDC := .cache/tools/oidc
DIST := internal/web/view/dist/manifest.json
export CGO_ENABLED ?= 0

.PHONY: help run build assets dev check test campaign fuzz bench shots fmt vet lint vuln toolchain clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: build ## build and start the demo: a simulated city on http://localhost:8080
	bin/tanggap demo

build: toolchain assets ## build bin/tanggap
	go build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/tanggap ./cmd/tanggap

assets: $(DIST) ## build style sheets, scripts and fonts

dev: assets ## show every page with made-up content, templates read anew each time
	go run ./internal/web/view/preview -dev -listen localhost:8090

check: toolchain assets fmt vet lint ## what to run while working, under 3 minutes: format, vet, lint, fast tests
	go test -short -timeout 3m $$(go list ./... | grep -v '/fault$$')

test: toolchain assets .cache/npm-test.stamp $(LINT) $(OIDC) ## everything, on both engines, under 15 minutes
	tools/test.sh

campaign: assets .cache/npm-test.stamp $(OIDC) vuln ## the long ones: big cities, many random cases, many kills, fuzzing
	TANGGAP_TEST_POSTGRES="$$(tools/postgres.sh start)" TANGGAP_TEST_MAIL="$$(tools/mail.sh start)" TANGGAP_TEST_OIDC="$(CURDIR)/$(OIDC)" TANGGAP_CAMPAIGN=1 go test -timeout 3h -v ./...
	TANGGAP_TEST_POSTGRES="$$(tools/postgres.sh start)" TANGGAP_TEST_MAIL="$$(tools/mail.sh start)" TANGGAP_TEST_OIDC="$(CURDIR)/$(OIDC)" CGO_ENABLED=1 go test -race -timeout 3h ./internal/...
	tools/browser.sh full
	tools/fuzz.sh 60s

fuzz: ## every fuzz target for TIME (default 60s)
	tools/fuzz.sh $(or $(TIME),60s)

bench: assets ## every benchmark; the figures go to .cache/bench.txt
	@mkdir -p .cache
	go test -run '^$$' -bench . -benchmem ./... | tee .cache/bench.txt

shots: assets .cache/npm-test.stamp ## pictures of the main pages in docs/img
	tools/browser.sh shots docs/img

fmt:
	@files=$$(gofmt -l bench cmd internal fault tools ui/gen 2>/dev/null); [ -z "$$files" ] || { echo "not formatted (run gofmt -w):" $$files; exit 1; }

vet:
	go vet ./...

lint: $(LINT)
	$(LINT) run ./...

vuln: ## look for known vulnerabilities in what is called (offline with TANGGAP_DATA set)
	tools/vuln.sh

toolchain:
	@tools/toolchain.sh

clean: ## remove what was built
	rm -rf bin .cache/tools .cache/*.stamp .cache/preview internal/web/view/dist/*

# npm runs only when a lock file changed, and never a package's own scripts.
.cache/npm-ui.stamp: ui/package-lock.json
.cache/npm-test.stamp: ui/test/package-lock.json
.cache/npm-ui.stamp .cache/npm-test.stamp:
	@mkdir -p .cache
	npm --prefix $(dir $<) ci --ignore-scripts --no-audit --no-fund --prefer-offline
	@touch $@

$(DIST): .cache/npm-ui.stamp $(shell find ui/src ui/gen -type f)
	cd ui/gen && go run .

$(LINT): tools/go.mod tools/go.sum
	@mkdir -p $(dir $@)
	cd tools && CGO_ENABLED=0 go build -trimpath -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@

# An identity provider for tests, in a module of its own.
$(OIDC): tools/oidc/main.go tools/oidc/go.mod tools/oidc/go.sum
	@mkdir -p $(dir $@)
	cd tools/oidc && CGO_ENABLED=0 go build -trimpath -o ../../$@ .
