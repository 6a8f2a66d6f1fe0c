# make run     the bot at http://127.0.0.1:8000/          make run ARGS="--port 8080 --host 0.0.0.0"
# make demo    the same with a stand-in of WeChat beside it, to try everything without an account
# make test    the tests that need nothing but this folder   make test MARKS= ARGS=tests/answers    all of a room
# make lint    style, types, imports
# make check   all that must be green before a change is handed in: style, types, imports, tests
# make lock    write the lock files anew from pyproject.toml (needs uv)
#
# The first call makes .venv from the lock file; a changed lock file brings it up to date. The Python is the first
# suitable one that is found; another: make run PYTHON=python3.12

PYTHON =
ARGS =
MARKS = -m "not shared and not browser"
VENV = .venv
BIN = $(VENV)/bin
UV = uv

# Any python3 can run the bootstrap; it looks for one that can run the bot.
ANY_PYTHON = $(or $(PYTHON),$(shell command -v python3 || command -v python3.13 || command -v python3.12 \
  || command -v python3.11 || echo python3))
BOOTSTRAP = $(ANY_PYTHON) tools/bootstrap.py --venv $(VENV) --python "$(PYTHON)"
COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url

.PHONY: help run demo test lint check lock clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

run: $(VENV)/.run
	@$(BIN)/safetybot statutes --if-missing >&2
	@exec $(BIN)/safetybot serve $(ARGS)

demo: $(VENV)/.run
	@$(BIN)/safetybot statutes --if-missing >&2
	@exec $(BIN)/safetybot simulate $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -q $(MARKS) $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

lock:
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/"; exit 1; }
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	echo setuptools | $(COMPILE) -c requirements-dev.lock - -o requirements-build.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/.run: requirements.lock requirements-build.lock tools/bootstrap.py
	@$(BOOTSTRAP) requirements.lock
	@touch $@

# The tools for developing come with all that the bot needs, in the same versions.
$(VENV)/.dev: requirements-dev.lock requirements-build.lock tools/bootstrap.py
	@$(BOOTSTRAP) requirements-dev.lock
	@touch $@
