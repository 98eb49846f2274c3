# Sprout's entry points; `make` alone lists them.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -E -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && exit; done; echo python3)
VENV := .venv/bin
COVERAGE := .pytest_cache/coverage/data

# Python's own variables would act before Sprout's code does: PYTHONHOME stops Python from
# starting, PYTHONPATH puts other packages first. sprout/environment.py does the rest.
unexport $(filter PYTHON%,$(.VARIABLES)) PYTEST_PLUGINS PYTEST_DISABLE_PLUGIN_AUTOLOAD

.PHONY: help setup tour check test lint docs site transcripts pictures lock
help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

setup:  ## install everything into .venv, run nothing
	@$(PYTHON) tools/bootstrap.py all

tour:  ## take the tour: every day on a real broker and a real worker
	@$(PYTHON) tools/bootstrap.py base
	@$(VENV)/sprout tour

.PHONY: practice
practice:  ## write and repair programs that check themselves
	@$(PYTHON) tools/bootstrap.py base
	@$(VENV)/sprout practice

test: setup  ## run the whole suite
	@rm -rf .pytest_cache/coverage && mkdir -p .pytest_cache/coverage
	@COVERAGE_FILE=$(COVERAGE) $(VENV)/pytest
	@COVERAGE_FILE=$(COVERAGE) $(VENV)/coverage combine --quiet
	@COVERAGE_FILE=$(COVERAGE) $(VENV)/coverage report

check: lint  ## check style, types and every test that needs no server or browser
	@$(VENV)/pytest --fast --numprocesses=2

lint: setup  ## check style and types
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy

docs: setup  ## build the site into site/, from what was run
	@$(VENV)/python -m tools.site.run_here.build
	@$(VENV)/python -m tools.site.pages
	@NO_MKDOCS_2_WARNING=1 $(VENV)/mkdocs build --strict

site: setup  ## serve the site on 127.0.0.1, with live reload
	@$(VENV)/python -m tools.site.run_here.build
	@NO_MKDOCS_2_WARNING=1 $(VENV)/mkdocs serve --livereload --dev-addr 127.0.0.1:8001

transcripts: setup  ## record again what the site's pages show
	@$(VENV)/python -m tools.site.transcripts
	@$(VENV)/python -m tools.site.generated

pictures: setup  ## take again the pictures of the application that the pages show
	@$(VENV)/python -m tools.site.screenshots

lock:  ## pin the newest versions of every package (needs uv)
	@requirements/refresh

.PHONY: api
api: setup  ## start the capstone, drf_api, with all of its processes
	@$(VENV)/python drf_api/up.py

.PHONY: bench
bench: setup  ## time the ways of the application against the obvious ones
	@$(VENV)/python -m tools.bench status
	@$(VENV)/python -m tools.bench people
	@$(VENV)/python -m tools.bench budget

.PHONY: lab
lab: setup  ## play with the lessons in JupyterLab; LAB="--no-browser" for its options
	@$(VENV)/jupyter trust notebooks/*.ipynb >/dev/null
	@$(VENV)/jupyter lab --config notebooks/jupyter_lab_config.py $(LAB)

.PHONY: notebooks
notebooks: setup  ## run the notebooks and write their outputs back
	@$(VENV)/python notebooks/refresh

.PHONY: faults
faults: setup  ## break the application's processes one by one, and count what is lost
	@$(VENV)/python -m tools.faults --write

.PHONY: load
load: setup  ## measure the application under load, for half an hour
	@$(VENV)/python -m tools.load --write

.PHONY: audit
audit: setup  ## ask PyPI whether anything that is pinned is known to be vulnerable
	@$(PYTHON) -m venv .venv/audit
	@.venv/audit/bin/pip install --quiet --upgrade pip-audit
	@.venv/audit/bin/pip-audit --strict --require-hashes --disable-pip \
		$(addprefix --requirement ,$(wildcard requirements/*.txt))
