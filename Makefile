# Every command a person needs. `make` alone lists them.
# WRITE=1 is the one switch by which a test or a measurement writes the file that it
# would otherwise compare.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

BIN      := .cache/bin
WASM     := GOOS=js GOARCH=wasm
NODE     := $(shell go env GOROOT)/lib/wasm/go_js_wasm_exec
CORE     := ./core/...
# What also runs in the browser: all of core but what uses net/http.
PORTABLE  = $(shell go list $(CORE) | grep -vE '/core$$|/chattest|/retryhttp')
ADDR     ?= 127.0.0.1:8080
FUZZTIME ?= 10s
FUZZ     ?= $(PORTABLE)

.PHONY: help
help: ## List these commands
	@awk -F ':.*## ' '/^## / { print "\n" substr($$0, 4) } /^[a-z0-9-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

## Run it

.PHONY: demo
demo: web ## Build everything and serve the demo page, at ADDR (127.0.0.1:8080)
	@go run ./web/server -addr $(ADDR)

.PHONY: web
web: $(BIN)/build ## Build web/dist: the module and the scripts
	@$(BIN)/build

# The tools live in a module of their own, so that users inherit none of them.
TOOLS := $(wildcard tools/*/*.go) tools/go.mod $(wildcard core/event/*.go core/failure/*.go core/provider/provider.go core/wait/key.go)
$(BIN)/build $(BIN)/types $(BIN)/size $(BIN)/pages: $(TOOLS)
	@mkdir -p $(BIN)
	@go -C tools build -o ../$(BIN)/ ./build ./types ./size ./pages

# The scripts that the browser tests run in pages.
.PHONY: e2e-pages
e2e-pages: $(BIN)/pages
	@$(BIN)/pages

$(BIN)/staticcheck $(BIN)/jsguard $(BIN)/esbuild: tools/go.mod
	@mkdir -p $(BIN)
	@go -C tools build -o ../$(BIN)/ honnef.co/go/tools/cmd/staticcheck github.com/hack-pad/safejs/jsguard/cmd/jsguard github.com/evanw/esbuild/cmd/esbuild

web/node_modules: web/package.json web/package-lock.json
	@cd web && npm ci --no-progress --loglevel=error && touch node_modules

.PHONY: package
package: web web/node_modules ## Pack the npm package: web/dist-package/retrystream-VERSION.tgz
	@tools/package.sh

e2e/npm/node_modules: e2e/npm/package.json e2e/npm/older/package.json e2e/npm/package-lock.json
	@cd e2e/npm && npm ci --no-progress --loglevel=error && touch node_modules

.PHONY: clean
clean: ## Remove everything built
	rm -rf .cache web/dist web/dist-package web/node_modules
	rm -rf e2e/bench/node_modules e2e/sdk/node_modules e2e/npm/node_modules e2e/npm/older/node_modules

## Check it

.PHONY: test
test: ## Run every check and every test; installs what is missing
	@$(MAKE) --no-print-directory -j2 --output-sync=target check-all
	@$(MAKE) --no-print-directory fuzz FUZZTIME=3s FUZZ='./core/provider ./core/stream'
	@$(MAKE) --no-print-directory run-e2e

.PHONY: check-all
check-all: web size web/node_modules e2e/sdk/node_modules e2e/npm/node_modules lint check-ts test-web test-go test-tools test-wasm test-package

.PHONY: lint
lint: $(BIN)/staticcheck $(BIN)/jsguard ## gofmt, vet, staticcheck and jsguard, natively and for js/wasm
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "these files need gofmt"; exit 1; }
	go vet ./...
	$(WASM) go vet $(CORE) ./wasm/...
	go -C tools vet ./...
	$(BIN)/staticcheck ./...
	$(WASM) $(BIN)/staticcheck $(CORE) ./wasm/...
	$(WASM) $(BIN)/jsguard $(CORE) ./wasm/...

.PHONY: check-ts
check-ts: web/node_modules e2e/sdk/node_modules ## Type-check the TypeScript
	cd web && node_modules/.bin/tsc
	web/node_modules/.bin/tsc -p e2e
	web/node_modules/.bin/tsc -p e2e/sdk

.PHONY: test-go
test-go: ## Test the core natively, with the race detector, and cut every stream at every byte
	go test -timeout 30m -race -parallel 16 $(CORE) ./web/... ./e2e/bench
	go test -timeout 30m -parallel 16 -run '^Test(Relay)?Cut' ./core/stream
	go -C e2e/bench/native test
	go -C core/retryhttp/sdktest test

.PHONY: test-wasm
test-wasm: ## Test the core as WebAssembly in Node
	$(WASM) go test -timeout 30m -exec=$(NODE) $(PORTABLE)

# The tests look at files beyond their module, which Go's cache of results does not.
.PHONY: test-tools
test-tools: web/node_modules e2e/sdk/node_modules ## Check that generated files are fresh, and that the documentation is true
	go -C tools test -count=1 ./...

# Not every Node that is supported runs TypeScript.
.PHONY: test-web
test-web: $(BIN)/esbuild ## Test the parts of web/src in Node
	@rm -rf .cache/web-test
	@$(BIN)/esbuild web/test/*.test.ts --bundle --platform=node --format=esm --outdir=.cache/web-test --out-extension:.js=.mjs --sourcemap=inline --define:BUILD='"test"' --log-level=warning
	node --enable-source-maps --test .cache/web-test/*.mjs

.PHONY: test-e2e
test-e2e: web web/node_modules e2e/sdk/node_modules run-e2e ## Test the page in Chromium

# One browser at a time: each package starts its own, and its tests share the machine as it is.
.PHONY: run-e2e
run-e2e: e2e-pages
	@tools/chromium.sh
	go test -p 1 -timeout 20m $(shell go list ./e2e/... | grep -v /e2e/npm)

e2e/sdk/node_modules: e2e/sdk/package.json e2e/sdk/package-lock.json
	@cd e2e/sdk && npm ci --no-progress --loglevel=error && touch node_modules

.PHONY: test-package
test-package: package e2e-pages e2e/npm/node_modules ## Install the npm package in throwaway projects, and use it there
	@tools/chromium.sh
	go test -count=1 ./e2e/npm

.PHONY: vectors
vectors: e2e-pages ## Print how many vectors of each provider pass natively, in Node and in the browser
	@tools/chromium.sh
	@tools/vectors.sh

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (10s)
	@for pkg in $(FUZZ); do \
	  for target in $$(go test -list '^Fuzz' $$pkg | grep ^Fuzz || true); do \
	    go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; \
	done

## Write its documents

.PHONY: docs
docs: ## Write every generated document; the four below write one each, in less time
	@$(MAKE) --no-print-directory types
	WRITE=1 go test -timeout 20m -count=1 -run '^TestSimulationReport$$' ./core/wait
	WRITE=1 go -C core/retryhttp/sdktest test -count=1
	@$(MAKE) --no-print-directory sdks
	@$(MAKE) --no-print-directory picture
	@$(MAKE) --no-print-directory bench BENCH=

.PHONY: types
types: $(BIN)/types ## Write what is made of Go's types: web/src/**/*.gen.ts and docs/options.md
	@cd tools && ../$(BIN)/types

.PHONY: sdks
sdks: web e2e-pages e2e/sdk/node_modules ## Measure the providers' own SDKs with and without retrystream; writes docs/sdks.md
	@tools/chromium.sh
	WRITE=1 go test -count=1 -run '^TestSDKs$$' ./e2e/sdk

.PHONY: picture
picture: web e2e-pages ## Take the README's picture; writes docs/banner.png
	@tools/chromium.sh
	WRITE=1 go test -count=1 -run '^TestPicture$$' ./e2e/page

.PHONY: bench
bench: web e2e/bench/node_modules ## Measure the readers that people use in Chromium; writes docs/benchmarks.md (BENCH=quick, BENCH=typical: part of it, and only prints)
	@tools/chromium.sh
	e2e/bench/node_modules/.bin/tsc -p e2e/bench
	$(if $(BENCH),,WRITE=1) go run ./e2e/bench $(if $(BENCH),-$(BENCH))

e2e/bench/node_modules: e2e/bench/package.json e2e/bench/package-lock.json
	@cd e2e/bench && npm ci --no-progress --loglevel=error && touch node_modules

## Measure it

.PHONY: size
size: web $(BIN)/size ## Print what everything weighs; fails where it is over its budget
	@$(BIN)/size

.PHONY: bench-go
bench-go: ## Run the benchmarks of the Go core
	go test -run '^$$' -bench . -benchmem $(PORTABLE)
