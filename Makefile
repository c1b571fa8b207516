# make run    install into .venv, build corpus/ into data/, say what was found
# make test   install what the tests need, run them all, two at a time (TEST_WORKERS=2); without those that take long:
#             make test PYTEST_OPTIONS="-m 'not slow'"
# make lint   ruff, mypy --strict, the layers of the packages
# make docs   write the pages that are made from code, and all of docs/ as a site (make docs-site: the site alone)
# make quality  score the program against the annotations and write docs/quality.md; takes minutes
PYTHON ?= python3
TEST_WORKERS ?= 2
BIN := .venv/bin

.PHONY: run test lint docs docs-site quality serve clean
.DEFAULT_GOAL := run

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "policygraph needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv .venv || \
		{ echo "Python cannot make a virtual environment: install its venv module (Debian: apt install python3-venv)"; exit 1; }
	@touch $@

.venv/installed: .venv/made pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/installed-test: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

.venv/installed-dev: .venv/installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,dev]'
	@touch $@

run: .venv/installed
	@$(BIN)/policygraph build corpus -o data

serve: run
	@$(BIN)/policygraph serve

test: .venv/installed-test
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile $(PYTEST_OPTIONS)

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/installed-test
	$(BIN)/python -c 'from policygraph.settings import settings_page; print(settings_page(), end="")' > docs/settings.md
	$(BIN)/python -c 'from policygraph.release.rules import rules_page; print(rules_page(), end="")' > docs/rules.md
	$(BIN)/python -m policygraph.graph.dictionary docs ontology
	@$(MAKE) --no-print-directory docs-site

docs-site: .venv/installed-test
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict
	@echo "site/index.html"

quality: .venv/installed-test
	$(BIN)/python benchmarks/quality.py

clean:
	rm -rf .venv data site
