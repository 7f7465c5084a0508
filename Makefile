# Everything a newcomer types. `make help` lists the targets.

PYTHON ?= python3
KILLS ?= 50
SECONDS ?= 600
VENV := .venv
BIN := $(VENV)/bin
FLASK := $(BIN)/flask --app wsgi
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
CATALOGUES := $(wildcard auction/translations/*/LC_MESSAGES/messages.po)
COMPILED := $(CATALOGUES:.po=.mo)

# Tests commit thousands of times; where there is memory to write to, they do not wait for a disk.
SCRATCH := $(shell test -w /dev/shm && echo /dev/shm || echo $${TMPDIR:-/tmp})

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test check bench crash simulate reset practice rehearse pins translations clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: $(INSTALLED) $(COMPILED) ## start the demonstration on http://127.0.0.1:8000 (PORT overrides)
	@$(FLASK) prepare
	@$(BIN)/python -m auction.demo.keeper

test: $(INSTALLED_DEV) $(COMPILED) check ## run every check and test
	@PYTEST_DEBUG_TEMPROOT=$(SCRATCH) $(BIN)/python -m pytest --numprocesses=auto --dist=loadfile

check: $(INSTALLED_DEV) ## style, types, and that imports run one way
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(INSTALLED_DEV) $(COMPILED) ## measure the bid path beside its floor (loopback, under 20 minutes)
	@$(BIN)/python -m bench $(BENCH)

crash: $(INSTALLED_DEV) $(COMPILED) ## kill -9 under load, KILLS=50 of each kind; database restarts; a burst at a deadline
	@PYTHONPATH=.:tests $(BIN)/python -m crash --kills $(KILLS) $(CRASH)

simulate: $(INSTALLED_DEV) ## simulated sales under faults for SECONDS=600; SEED=n tells the story of that one
	@PYTHONPATH=.:tests $(BIN)/python -m simulation \
	  $(if $(SEED),--seed $(SEED) --trace,--seconds $(SECONDS))

practice: $(INSTALLED) $(COMPILED) ## open a fresh practice lot (also while the server runs)
	@$(FLASK) practice

rehearse: $(INSTALLED) $(COMPILED) ## run the whole sale of the notice in process and print its root
	@$(FLASK) rehearse

reset: ## throw the demonstration's data away and start over at the next `make run`
	@rm -rf var
	@echo "The data in var/ is gone; make run starts over."

pins: ## resolve requirements*.in into exact versions with hashes (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url requirements.in -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url requirements-dev.in -o requirements-dev.txt

translations: $(INSTALLED) ## collect new texts into the English catalogue
	$(BIN)/pybabel extract -q -F babel.cfg --no-wrap --sort-by-file -o /tmp/messages.pot .
	$(BIN)/pybabel update -q --no-wrap --no-fuzzy-matching -i /tmp/messages.pot -d auction/translations -l en

clean: ## remove what can be made again
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(INSTALLED): requirements.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and \
	  f"Python 3.11 or newer is needed; {sys.executable} is {v.major}.{v.minor}. Try: make run PYTHON=python3.12")'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "Python has no venv module here. On Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Installing pinned packages into $(VENV) (about 60 MB, once)…"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --require-hashes -r requirements.txt || { \
	  echo "The packages could not be installed. A slow or closed network? PIP_INDEX_URL names another index."; exit 1; }
	@touch $@

$(INSTALLED_DEV): requirements-dev.txt $(INSTALLED)
	@echo "Installing what the tests need…"
	@$(BIN)/pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

%.mo: %.po $(INSTALLED)
	@$(BIN)/python -m auction.translations
