# The commands of the project; `make run` and `make test` are all a newcomer needs.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What a plain run installs, and what tests and checks add. A stamp is newer than pyproject.toml once installed.
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev
COMPILED_STAMP := $(VENV)/.compiled
BENCH_STAMP := $(VENV)/.installed-bench
# How many processes run tests: one more than there are cores, as some wait for others; at most eight, for their memory.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n < 7 ? n + 1 : 8)))

.PHONY: help run test check bench openapi messages clean

help: ## Show this list.
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Alongside needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	@# Without ensurepip (Debian keeps it in a package of its own) venv leaves half an environment behind: remove it.
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Could not make $(VENV); on Debian or Ubuntu install python3-venv first."; exit 1; }

$(RUN_STAMP): $(BIN)/python pyproject.toml
	@echo "Installing what Alongside needs into $(VENV); the first time takes one to two minutes."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

# Apart from installing: static checks need no compiled engine. Again whenever its sources change.
$(COMPILED_STAMP): $(RUN_STAMP) $(shell find matching -name '*.py')
	@# Each part compiles by itself; side by side they take as long as two cores need for all of them.
	@$(BIN)/python -m matching.kernel driver & driver=$$!; $(BIN)/python -m matching.verifying & verifier=$$!; \
		$(BIN)/python -m matching.kernel solvers && wait $$driver && wait $$verifier
	@touch $@

$(DEV_STAMP): $(RUN_STAMP)
	@echo "Installing the tools for tests and checks into $(VENV)."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

$(BENCH_STAMP): $(RUN_STAMP)
	@echo "Installing the solvers of others that the benchmark times into $(VENV)."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

run: $(COMPILED_STAMP) ## Match a sample community, show the outcome, serve API and console on 127.0.0.1:8000.
	@exec $(BIN)/alongside demo

test: $(COMPILED_STAMP) $(DEV_STAMP) ## Run every test (installs redis-server, Chromium and strace where the system allows it).
	@tests/install_system_packages.sh
	@# Tests start hundreds of processes, which shall find compiled modules also where Python is told to leave none.
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS)

check: $(DEV_STAMP) ## Static checks: format, lint, types, who imports whom.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(COMPILED_STAMP) $(BENCH_STAMP) ## Time the engine beside its peers, in minutes; longer: make bench PLAN=medium, or full.
	$(BIN)/python -m benchmarks $(or $(PLAN),$(if $(FULL),full,quick))

messages: $(DEV_STAMP) ## Collect the console's words for translators into build/messages.pot.
	@mkdir -p build
	$(BIN)/pybabel extract -F pyproject.toml -k _ -k N_ -k ngettext:1,2 -k counted:2,3 -k tell -o build/messages.pot service/console service/mapping service/plain_yaml.py schemas matching/factors.py

openapi: $(DEV_STAMP) ## Write openapi.yaml anew from the schemas.
	$(BIN)/alongside openapi > openapi.yaml

clean: ## Remove what the other commands made, except your data.
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
