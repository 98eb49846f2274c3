# Sprout's entry points. `make` without a target lists them.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -E -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && exit; done; echo python3)
VENV := .venv/bin
COVERAGE := .pytest_cache/coverage/data

# Python reads these variables before it runs Sprout's code. PYTHONHOME can prevent Python from
# starting, and PYTHONPATH puts other packages first. sprout/environment.py removes more variables.
unexport $(filter PYTHON%,$(.VARIABLES)) PYTEST_PLUGINS PYTEST_DISABLE_PLUGIN_AUTOLOAD

.PHONY: help setup tour check test lint docs site transcripts pictures lock
help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

setup:  ## install all requirements into .venv
	@$(PYTHON) tools/bootstrap.py all

tour:  ## run every day on a real broker and a real worker
	@$(PYTHON) tools/bootstrap.py base
	@$(VENV)/sprout tour

.PHONY: practice
practice:  ## do the exercises, which are checked as you save
	@$(PYTHON) tools/bootstrap.py base
	@$(VENV)/sprout practice

test: setup  ## run all tests
	@rm -rf .pytest_cache/coverage && mkdir -p .pytest_cache/coverage
	@COVERAGE_FILE=$(COVERAGE) $(VENV)/pytest
	@COVERAGE_FILE=$(COVERAGE) $(VENV)/coverage combine --quiet
	@COVERAGE_FILE=$(COVERAGE) $(VENV)/coverage report

check: lint  ## check style and types, and run the tests that need no server or browser
	@$(VENV)/pytest --fast --numprocesses=2

lint: setup  ## check style and types
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy

docs: setup  ## build the site into site/, from the recorded runs
	@$(VENV)/python -m tools.site.run_here.build
	@$(VENV)/python -m tools.site.pages
	@NO_MKDOCS_2_WARNING=1 $(VENV)/mkdocs build --strict

site: setup  ## serve the site on 127.0.0.1, with live reload
	@$(VENV)/python -m tools.site.run_here.build
	@NO_MKDOCS_2_WARNING=1 $(VENV)/mkdocs serve --livereload --dev-addr 127.0.0.1:8001

transcripts: setup  ## record the outputs on the site's pages again
	@$(VENV)/python -m tools.site.transcripts
	@$(VENV)/python -m tools.site.generated

pictures: setup  ## take new screenshots of the application
	@$(VENV)/python -m tools.site.screenshots

lock:  ## pin the newest version of each package (needs uv)
	@requirements/refresh

.PHONY: api
api: setup  ## start the application, drf_api, with all its processes
	@$(VENV)/python drf_api/up.py

.PHONY: bench
bench: setup  ## compare the application's implementation with simpler ones
	@$(VENV)/python -m tools.bench status
	@$(VENV)/python -m tools.bench people
	@$(VENV)/python -m tools.bench budget
	@$(VENV)/python -m tools.bench scale

.PHONY: lab
lab: setup  ## open the notebooks in JupyterLab; pass options with LAB="--no-browser"
	@$(VENV)/jupyter trust notebooks/*.ipynb >/dev/null
	@$(VENV)/jupyter lab --config notebooks/jupyter_lab_config.py $(LAB)

.PHONY: notebooks
notebooks: setup  ## run the notebooks and save their outputs
	@$(VENV)/python notebooks/refresh

.PHONY: faults
faults: setup  ## inject faults into the application and count lost requests
	@$(VENV)/python -m tools.faults --write

.PHONY: load
load: setup  ## measure the application under load for half an hour
	@$(VENV)/python -m tools.load --write

.PHONY: audit
audit: setup  ## list pinned packages with known vulnerabilities
	@$(PYTHON) -m venv .venv/audit
	@.venv/audit/bin/pip install --quiet --upgrade pip-audit
	@.venv/audit/bin/pip-audit --strict --require-hashes --disable-pip \
		$(addprefix --requirement ,$(wildcard requirements/*.txt))
