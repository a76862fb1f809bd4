# Every target is complete in itself: it installs what it needs, and says what.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
VENV := .venv/bin

.PHONY: help
help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

.PHONY: demo
demo: setup  ## rebuild seven real packages with another compiler and publish them (minutes)
	@$(VENV)/python scripts/demo.py

.PHONY: demo-clean
demo-clean: setup  ## stop the demo's server and remove all that it made
	@$(VENV)/python scripts/demo.py --clean

.PHONY: test
test: setup-test  ## set up, then run the checks and all the tests
	@scripts/test

.PHONY: check
check: setup-test  ## style, types and layers, without the tests
	@scripts/test --checks-only

.PHONY: bench
bench:  ## measure archives of Debian's size, with aptly and reprepro beside them (half an hour)
	@bench/setup
	@$(VENV)/python -m bench.archives --cache .bench --json .bench/archives.json

.PHONY: setup
setup:  ## install what Vostok needs to run
	@scripts/setup run

.PHONY: setup-test
setup-test:  ## install that, and what its tests need
	@scripts/setup test

.PHONY: lock
lock: setup  ## refresh requirements.lock from pyproject.toml
	.boot/bin/uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
	    --upgrade --quiet --group dev --output-file requirements.lock pyproject.toml

.PHONY: reference
reference: setup  ## write the generated pages of docs/reference anew from the program itself
	@$(VENV)/python scripts/generate_reference.py

.PHONY: clean
clean:  ## remove the Python environment and all caches
	rm -rf .bench .boot .pictures .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache dist
	find bench src tests scripts -name __pycache__ -prune -exec rm -rf {} +
