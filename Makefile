# make run    the whole system on this machine, in the foreground
# make test   all tests
# make check  gofmt, vet, staticcheck, race, govulncheck
SHELL := /bin/bash
.DEFAULT_GOAL := build

GO_BUILD  := CGO_ENABLED=0 go build
LEAN      := -trimpath -ldflags='-s -w' -tags lambda.norpc
FUNCTIONS := $(notdir $(wildcard functions/*))
TOOLS     := $(notdir $(wildcard infra/tools/*))
PACKAGES  := ./functions/... ./shared/... ./infra/...

.PHONY: run build functions tools java setup test check lint coverage vulnerabilities test-dynamodb-local test-java test-schemathesis api dist clean

run: build
	@exec bin/local -with-parent

build: setup functions tools
	@$(GO_BUILD) -o bin/local ./infra/local

# The functions as the local stack runs them: this machine's architecture.
functions: setup
	@$(foreach f,$(FUNCTIONS),$(GO_BUILD) $(LEAN) -o bin/functions/$(f)/bootstrap ./functions/$(f) &&) true

tools: setup
	@$(foreach t,$(TOOLS),$(GO_BUILD) -o bin/$(t) ./infra/tools/$(t) &&) true

# The Java client in one jar; its main class is the stand-in server.
JAVA_PACKAGE := com/cirruslink/chariot/license
java:
	@command -v javac >/dev/null || { echo "A JDK is missing: install one, 11 or later" >&2; exit 1; }
	@rm -rf bin/java && mkdir -p bin/java/$(JAVA_PACKAGE)
	@javac --release 11 -Xlint:all -Werror -encoding US-ASCII -d bin/java shared/chariot/java/$(JAVA_PACKAGE)/*.java
	@cp shared/chariot/java/$(JAVA_PACKAGE)/sentences.json bin/java/$(JAVA_PACKAGE)
	@jar --create --file bin/chariot-license.jar --main-class $(subst /,.,$(JAVA_PACKAGE)).Main -C bin/java .
	@echo bin/chariot-license.jar

# The functions as AWS runs them: arm64, the same bytes wherever they are built.
dist:
	@$(foreach f,$(FUNCTIONS),GOOS=linux GOARCH=arm64 $(GO_BUILD) $(LEAN) -buildvcs=false -o dist/$(f)/bootstrap ./functions/$(f) &&) true

setup: infra/node_modules/.package-lock.json

infra/node_modules/.package-lock.json: infra/package-lock.json
	@command -v go >/dev/null || { echo "Go is missing: install the version that go.mod names, from https://go.dev/dl" >&2; exit 1; }
	@command -v npm >/dev/null || { echo "Node.js with npm is missing: install it from https://nodejs.org" >&2; exit 1; }
	@npm ci --prefix infra --silent || { echo "npm could not install the parts of the local stack; see the lines above" >&2; exit 1; }
	@touch $@

test: build
	@test -d ../shared/data || echo "SKIPPED the tests on independent data: there is no ../shared/data beside the checkout"
	@command -v javac >/dev/null || echo "SKIPPED the tests of the Java client: there is no JDK (11 or later)"
	go test $(PACKAGES)

check: build lint coverage vulnerabilities
	go test -race $(PACKAGES)

# The rules are small and pure: at least 95 % of each is run by its own tests.
coverage:
	@go test -cover ./shared/crockford ./shared/license ./shared/certificate ./shared/catalog | tee /dev/stderr | \
	awk '{ for (i = 1; i <= NF; i++) if ($$i ~ /%$$/ && $$i + 0 < 95) low = low " " $$2 } END { if (low) { print "below 95 %:" low; exit 1 } }' >&2

lint:
	@unformatted=$$(gofmt -l functions infra shared); test -z "$$unformatted" || { echo "not in gofmt's form: $$unformatted" >&2; exit 1; }
	go vet $(PACKAGES)
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 $(PACKAGES)

# The vulnerability database is on the internet: where it cannot be reached, say so and go on.
vulnerabilities:
	@out=$$(go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 $(PACKAGES) 2>&1); code=$$?; echo "$$out" | tail -3; \
	if [ $$code -ne 0 ] && echo "$$out" | grep -q 'fetching vulnerabilities\|dial tcp\|no such host\|403\|vuln.go.dev'; then echo "SKIPPED govulncheck: its database cannot be reached"; else exit $$code; fi

# The store's tests against Amazon's own engine, where Java is present.
test-dynamodb-local: setup
	@.ci/dynamodb-local

# Go and Java on 100,000 certificates and trust bundles, good and spoiled; make test has 10,000.
test-java:
	go test -count=1 -v -run 'TestJavaAgrees' ./shared/certificate -trials 100000

# The API's description against the running functions.
test-schemathesis: build
	@.ci/schemathesis

# The API's description as one page that needs nothing else: mail it, or put it anywhere.
api: build
	@bin/local -api >bin/api.html && echo bin/api.html

clean:
	rm -rf bin dist cdk.out infra/node_modules
