# LeadTrack's commands. `make help` lists them; README explains them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PY := $(BIN)/python
MANAGE := $(PY) manage.py
# Tests that need no server run on all cores; those in a browser or against services run one after another.
PYTEST := $(PY) -m pytest

.PHONY: help setup setup-tests demo up test check format test-services test-browser bench messages clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

setup: .venv/setup.stamp ## virtual environment, requirements, assets, translations, .env; safe to run again

# Everything `setup` reads: touch one of these and the next target sets up again.
# --no-compile: Python compiles what is imported, and much of what is installed never is.
.venv/setup.stamp: requirements.txt .ci/constraints.txt leadtrack/ui/assets/package-lock.json leadtrack/ui/assets/requirements.txt leadtrack/visits/static/visits/lt.js leadtrack/ui/assets/minify.mjs $(wildcard locale/*/LC_MESSAGES/*.po)
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-compile -r requirements.txt -c .ci/constraints.txt
	@command -v npm >/dev/null || $(PY) -m pip install --quiet --disable-pip-version-check -r leadtrack/ui/assets/requirements.txt -c .ci/constraints.txt
	@$(PY) -m leadtrack.ui.dotenv
	@$(MANAGE) install_assets
	@$(PY) -m leadtrack.ui.translations
	@touch $@

setup-tests: setup .venv/tests.stamp

.venv/tests.stamp: tests/requirements.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt -c .ci/constraints.txt
	@touch $@

demo: setup ## a running LeadTrack with a year of a firm's history; prints address and log-ins
	@$(MANAGE) demo

up: setup ## migrate and run web, worker and scheduler on the settings of .env
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) up

test: setup-tests ## every test that needs no server
	$(PYTEST) -n auto -m "not e2e and not services"

check: setup-tests ## format, lint, types, import walls, templates, migrations, translations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet templates
	$(MANAGE) check
	$(MANAGE) makemigrations --check --dry-run
	$(PY) -m leadtrack.ui.translations --check

format: setup-tests ## write code the way `make check` wants it
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format .

test-services: setup-tests ## the same code on PostgreSQL, Redis and RabbitMQ, and with things killed
	$(PY) tests/services/run.py

test-browser: setup-tests ## the whole job in headless Chromium
	$(PYTEST) -m e2e -p no:randomly tests/e2e

bench: setup-tests ## speed, as ratios against reference rows measured in the same run
	$(PY) bench/run.py

messages: setup-tests ## collect the texts to translate into locale/
	$(PY) -m leadtrack.ui.translations --collect

clean: ## remove everything that was built; keeps the data in var/
	rm -rf .venv leadtrack/ui/static/vendor leadtrack/ui/assets/node_modules build dist *.egg-info
