# make demo   a sample stream: its map and findings printed, drawn as demo.svg, and served as pages on 127.0.0.1
#             (in a terminal; PORT=9000 for another port, DEMO=--no-browser to open them yourself)
# make test   every check that CI runs
# make test-servers  the connectors against real servers on the loopback; as root on Debian it installs Redmine
# make bench  the claims about speed, measured
# make docs   the generated pages, and the picture in README.md
# make screens  every page as a picture, for a person to look at (docs/pages-checklist.md says what for)
# make lock   newer versions into the lock files
#
# Needs Python 3.11 or newer with venv, nothing else: PYTHON=python3.12 make test

PYTHON ?= python3
VENV := .venv
BENCH := .venv-bench
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
BENCH_BIN := $(BENCH)/Scripts
else
BIN := $(VENV)/bin
BENCH_BIN := $(BENCH)/bin
endif
PIP_INSTALL := -m pip --disable-pip-version-check --no-input install --quiet
WORKERS ?= 2
PORT ?= 8765
DEMO ?=

.PHONY: demo test test-servers check bench docs screens lock clean python
.DELETE_ON_ERROR:

demo: $(VENV)/runs
	@if test -t 0; then \
	  $(BIN)/vsm demo --svg demo.svg --serve --port $(PORT) $(DEMO); \
	else \
	  $(BIN)/vsm demo --svg demo.svg && \
	  echo "No terminal here, so the pages are not served: $(BIN)/vsm demo --serve does."; \
	fi

test: check
	@$(PYTHON) scripts/chromium.py
	@$(PYTHON) scripts/axe.py
	NUMBA_BOUNDSCHECK=1 $(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

test-servers: $(VENV)/develops
	PYTHON=$(BIN)/python scripts/test-servers $(ARGS)

check: $(VENV)/develops
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/docs.py --check

bench: $(BENCH)/runs
	$(BENCH_BIN)/python benchmarks/run.py $(ARGS)

docs: $(VENV)/runs
	$(BIN)/python scripts/docs.py

# Each stamp is younger than what it was made from, so that the second call has nothing to do.

$(VENV)/runs: requirements.lock requirements-build.lock pyproject.toml
	@$(MAKE) --no-print-directory python
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP_INSTALL) --require-hashes -r requirements.lock -r requirements-build.lock
	$(BIN)/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/develops: requirements-dev.lock $(VENV)/runs
	$(BIN)/python $(PIP_INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

$(BENCH)/runs: requirements-bench.lock requirements-build.lock pyproject.toml
	@$(MAKE) --no-print-directory python
	test -x $(BENCH_BIN)/python || $(PYTHON) -m venv $(BENCH)
	$(BENCH_BIN)/python $(PIP_INSTALL) --require-hashes -r requirements-bench.lock -r requirements-build.lock
	$(BENCH_BIN)/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

python:
	@command -v $(PYTHON) >/dev/null || { echo "There is no '$(PYTHON)'. Install Python 3.11 or newer, or say where it is: make PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "'$(PYTHON)' is $$($(PYTHON) --version 2>&1); valuestream needs Python 3.11 or newer. Say where it is: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "'$(PYTHON)' comes without venv. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }

screens: $(VENV)/develops
	@$(PYTHON) scripts/chromium.py
	$(BIN)/python scripts/screens.py $(ARGS)

# Versions and hashes for every Python and system that pyproject.toml allows; DuckDB stays on 1.5, which is supported.

LOCK := -m uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-config --quiet $(ARGS)

lock:
	@$(MAKE) --no-print-directory python
	test -x .venv-lock/bin/python || $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python $(PIP_INSTALL) uv
	echo 'duckdb<1.6' > .venv-lock/constraints.txt
	.venv-lock/bin/python $(LOCK) -c .venv-lock/constraints.txt -o requirements.lock
	.venv-lock/bin/python $(LOCK) -c requirements.lock --extra dev -o requirements-dev.lock
	.venv-lock/bin/python $(LOCK) -c requirements.lock --extra bench -o requirements-bench.lock
	printf 'hatchling\neditables\n' | .venv-lock/bin/python $(subst pyproject.toml,-,$(LOCK)) -c requirements-dev.lock -o requirements-build.lock

clean:
	rm -rf $(VENV) $(BENCH) .venv-lock .axe .bench .servers .screens build dist demo.svg .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests benchmarks scripts -name __pycache__ -type d -prune -exec rm -rf {} +
