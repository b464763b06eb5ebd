# The two commands that matter: `make run` and `make test`. Everything else is what they are made of.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
HOST ?= 127.0.0.1
INSTALLED := $(VENV)/.installed
INSTALLED_OPENVINO := $(VENV)/.installed-openvino
INSTALLED_ESPEAK := $(VENV)/.installed-espeak
INSTALLED_DEV := $(VENV)/.installed-dev

.PHONY: help run install openvino espeak dev models test bench lock clean
.DEFAULT_GOAL := help

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

run: install models ## Install, export the models, serve the page (PORT=8123 moves it)
	@WILDTRACK_HOST=$(HOST) WILDTRACK_PORT=$(PORT) $(BIN)/python -m server

install: $(INSTALLED) node_modules/.installed

openvino: $(INSTALLED_OPENVINO) ## Install the other back end, too (docs/settings.md: backend)

espeak: $(INSTALLED_ESPEAK) ## Install espeak-ng (GPL-3.0-or-later), for piper voices of other languages (docs/piper.md)

models: $(INSTALLED)
	@$(BIN)/python -m export

test: dev ## Run every check and every test
	@scripts/test

bench: install models ## Measure the figures of benchmarks/results (long)
	@$(BIN)/python -m benchmarks all

$(VENV)/bin/python:
	@scripts/make-venv $(PYTHON) $(VENV)

$(INSTALLED): $(VENV)/bin/python requirements.lock
	@echo "Installing the Python packages ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(INSTALLED_OPENVINO): $(INSTALLED) requirements-openvino.lock
	@echo "Installing OpenVINO ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-openvino.lock
	@touch $@

$(INSTALLED_ESPEAK): $(INSTALLED) requirements-espeak.lock
	@echo "Installing espeak-ng, which is free software under the GNU General Public License, version 3 or later ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-espeak.lock
	@touch $@

$(INSTALLED_DEV): $(INSTALLED) requirements-dev.lock
	@echo "Installing the packages that checks and tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

node_modules/.installed: package.json package-lock.json $(INSTALLED)
	@scripts/npm-install --omit=dev
	@touch $@

node_modules/.installed-dev: package.json package-lock.json $(INSTALLED)
	@scripts/npm-install
	@touch node_modules/.installed $@

dev: $(INSTALLED_DEV) node_modules/.installed-dev models ## Install what the tests need, too

lock: ## Pin the newest versions that pyproject.toml allows
	@scripts/lock

clean: ## Remove what was installed and exported here (caches outside stay)
	rm -rf $(VENV) node_modules onnx_models/*/ .mypy_cache .ruff_cache .pytest_cache
