# Two commands do everything on a fresh machine: `make demo` and `make test`.
# Each makes its own environment in .venv; the rest are the steps of .ci/run.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# pip would compile one file after the other; some of what is installed is no Python of today.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
COMPILE := $(BIN)/python -W ignore -m compileall -qq -j 0 $(VENV)/lib || true
unexport PYTHONDONTWRITEBYTECODE
PYTEST := $(BIN)/python -m pytest --numprocesses auto --dist loadfile
SHARED := ../shared/data

.PHONY: demo test coverage java postgres compiler lint types docs wheel bench clean

demo: $(VENV)/.demo
	$(BIN)/crmlib demo --out demo-output

test: $(VENV)/.tests java postgres compiler
	$(PYTEST) --quiet --doctest-modules src
	$(PYTEST)

# The same with what no test reaches; takes half as long again.
coverage: $(VENV)/.tests java postgres compiler
	$(PYTEST) --quiet --doctest-modules --cov --cov-report= src
	$(PYTEST) --cov --cov-append --cov-report=term

# Spark runs on Java; where there is none to be had, its tests are skipped and say why.
java:
	command -v java > /dev/null || { apt-get update && apt-get install --yes \
		--no-install-recommends default-jre-headless; } || echo 'no Java: no tests of Spark' >&2

# The server of PostgreSQL, started by the tests; where it cannot be had they say so and skip.
postgres:
	command -v initdb > /dev/null || ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 || { \
		apt-get update && apt-get install --yes --no-install-recommends postgresql; } \
		|| echo 'no PostgreSQL: the ledger is tested on SQLite alone' >&2

# What notes the writes of a program, for the power cuts, is compiled by the tests.
compiler:
	command -v cc > /dev/null || { apt-get update && apt-get install --yes \
		--no-install-recommends gcc libc6-dev; } || echo 'no C compiler: no power cuts' >&2

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/towncrier build --draft --version 0 > /dev/null

types: $(VENV)/.lint
	$(BIN)/mypy

docs: $(VENV)/.lint
	$(BIN)/sphinx-build --quiet --nitpicky --fail-on-warning docs docs/_build

wheel: $(VENV)/.lint
	bash tests/plugins/smoke_wheel.sh $(BIN)/python

bench: $(VENV)/.bench java postgres compiler
	$(BIN)/python benchmarks/import_time.py
	$(BIN)/python benchmarks/summarize.py --file $(SHARED)/online_retail.csv.gz
	$(BIN)/python benchmarks/summarize.py
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/peers/compare.py
	$(BIN)/python benchmarks/engines.py
	$(BIN)/python benchmarks/larger_than_memory.py
	$(BIN)/python benchmarks/identity.py
	$(BIN)/python benchmarks/rfm.py
	$(BIN)/python benchmarks/k_means.py
	$(BIN)/python benchmarks/value.py $(SHARED)
	$(BIN)/python benchmarks/value_fit.py
	$(BIN)/python benchmarks/render.py
	$(BIN)/python benchmarks/next_product.py $(SHARED)
	$(BIN)/python benchmarks/category.py $(SHARED)
	$(BIN)/python benchmarks/plan_interests.py
	$(BIN)/python benchmarks/hillstrom.py $(SHARED)
	$(BIN)/python benchmarks/assign_offers.py
	$(BIN)/python benchmarks/ledger.py
	$(BIN)/python benchmarks/kill_sweep.py
	$(BIN)/python benchmarks/power_cuts.py
	$(BIN)/python benchmarks/campaigns_at_once.py
	$(BIN)/python benchmarks/web.py
	$(BIN)/python benchmarks/timing_hour.py $(SHARED)
	$(BIN)/python benchmarks/timing_response.py $(SHARED)
	$(BIN)/python benchmarks/timing_scale.py

clean:
	rm -rf $(VENV) build dist demo-output docs/_build

$(VENV)/.pip:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "crmlib needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); apt-get update; \
		apt-get install --yes python3-venv; $(PYTHON) -m venv $(VENV); }
	$(PIP) --upgrade 'pip>=25.1'
	touch $@

$(VENV)/.demo: $(VENV)/.pip pyproject.toml
	$(PIP) --editable '.[demo]'
	$(COMPILE)
	touch $@

$(VENV)/.tests: $(VENV)/.pip pyproject.toml
	$(PIP) --editable . --group tests
	$(COMPILE)
	touch $@

$(VENV)/.lint: $(VENV)/.tests pyproject.toml
	$(PIP) --group lint --group typing --group docs
	$(COMPILE)
	touch $@

$(VENV)/.bench: $(VENV)/.tests pyproject.toml
	$(PIP) --group bench
	$(COMPILE)
	touch $@
