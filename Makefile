# Two commands do everything on a machine with Python 3.11 or newer and make:
#   make run    set up, then check the example's documents against its evidence
#   make test   set up, then lint, type-check and test

# bash, because a step's duration is printed with its $SECONDS.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV := $(or $(shell command -v uv),$(CURDIR)/.uv/bin/uv)
UV_RELEASES := uv>=0.13,<1
BIN := $(CURDIR)/.venv/bin
READY := .venv/.ready

# A shell that forbids writing bytecode would make every start of trueup compile its sources again.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE := 1
export UV_PYTHON := $(PYTHON)
export UV_PYTHON_DOWNLOADS := never
# Where a company signs its own certificates, the system knows them and uv's own list does not.
export UV_SYSTEM_CERTS := 1
ifeq ($(HOME),)
export UV_CACHE_DIR := $(CURDIR)/.uv/cache
endif

define step
@SECONDS=0; echo "==> $(1)"; $(2) && echo "    $(1): $${SECONDS} s"
endef

.PHONY: help setup run test test-slow lint types docs bench clean

help:  ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: $(READY)  ## bring uv and install what uv.lock names into .venv

$(UV):
	$(call step,uv,$(PYTHON) -m venv .uv && .uv/bin/python -m pip install --quiet --disable-pip-version-check '$(UV_RELEASES)')

$(READY): pyproject.toml uv.lock | $(UV)
	$(call step,install,$(UV) sync --locked --quiet)
	@touch $@

run: $(READY)  ## check examples/mini-studio against its evidence, and observe this machine
	@PATH="$(BIN):$$PATH" tools/run_example.sh build/mini-studio

test: lint types  ## lint, types and the default tests
	$(call step,tests,$(BIN)/python -m pytest)
	$(call step,our own documents,$(BIN)/trueup check --root .)

test-slow: $(READY)  ## the tests that install or start real things
	$(call step,slow tests,$(BIN)/python -m pytest -m slow)

lint: $(READY)  ## ruff: rules and format
	$(call step,ruff check,$(BIN)/ruff check)
	$(call step,ruff format,$(BIN)/ruff format --check)

types: $(READY)
	$(call step,mypy,$(BIN)/mypy)

docs: $(READY)  ## write the generated pages, pictures and schemas again
	@for page in tools/*.py; do echo "$$page"; $(BIN)/python "$$page" || exit 1; done

bench: $(READY)  ## measure; numbers are printed with the command that gives them
	@for measure in $(basename $(notdir $(wildcard bench/*.py))); do \
	  echo "==> python -m bench.$$measure"; $(BIN)/python -m "bench.$$measure" || exit 1; done

clean:  ## remove what make made
	rm -rf .venv .uv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} +
