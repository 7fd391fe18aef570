# Two commands do everything on a machine with Python 3.11+ and make:
#   make run    set up, raise the lab network, discover it, serve the hub (PORT=8000, LAB=0 for no lab)
#   make test   set up and pass the tests
PYTHON ?= python3
PORT   ?= 8000
LAB    ?= 1
VENV   := .venv
BIN    := $(VENV)/bin
# The GNS3 servers that tests start, each in an environment of its own: their requirements contradict ours.
GNS3   := api_clients/network/gns3/tests/environments

# Where this is set, as in images of Python's, each of the many processes of the tests would compile the hub anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test check bench gns3-servers password lock docs clean
.DEFAULT_GOAL := run

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "NMS needs Python 3.11 or later; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.lock | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@ $(VENV)/run.stamp

# A lock that was only written anew, with the same content, installs nothing.
$(VENV)/gns3/%/stamp: $(GNS3)/%.lock | $(VENV)/bin/python
	@mkdir -p $(VENV)/gns3
	@if cmp -s $< $@; then touch $@; else \
		echo "installing gns3-server $* for the tests"; \
		{ $(BIN)/python -m venv --clear $(@D) && \
			$(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $< && cp $< $@; \
		} > $(VENV)/gns3/$*.log 2>&1 || echo "gns3-server $* could not be installed: $$(tail -n 1 $(VENV)/gns3/$*.log)" >&2; \
	fi

gns3-servers: $(patsubst $(GNS3)/%.lock,$(VENV)/gns3/%/stamp,$(wildcard $(GNS3)/*.lock))

run: $(VENV)/run.stamp
	@NMS_LAB=$(LAB) exec $(BIN)/python manage.py hub --port $(PORT)

password: $(VENV)/run.stamp
	@$(BIN)/python manage.py password

# Most tests wait for servers, leases and clocks rather than work, so files run side by side, in the order of conftest.py.
test: $(VENV)/dev.stamp gns3-servers
	$(BIN)/pytest -n 6 --dist loadfile --no-loadscope-reorder

check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m api_clients.tests.kept
	NMS_PRODUCTION=1 NMS_SECRET_KEY=check-only-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH NMS_ALLOWED_HOSTS=nms.example.org \
		DATABASE_URL=postgresql://nms:check-only@localhost/nms REDIS_URL=redis://localhost/0 \
		$(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run

bench: $(VENV)/dev.stamp gns3-servers
	$(BIN)/python -m bench $(BENCH)

lock: $(VENV)/dev.stamp
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-header --quiet requirements.txt -o requirements.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-header --quiet requirements-dev.txt -c requirements.lock -o requirements-dev.lock
	for each in $(GNS3)/*.txt; do \
		$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
			--no-header --quiet $$each -o $${each%.txt}.lock || exit 1; \
	done

docs: $(VENV)/run.stamp
	$(BIN)/python -m nms.settings_table docs/settings.md
	$(BIN)/python -m nms.events_page docs/events.md
	$(BIN)/python manage.py clients_openapi

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache
