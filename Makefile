# Rilievo from a fresh checkout: `make demo` and `make test` set up all they need by themselves.
# On Windows and macOS the same two things are `uv run rilievo demo` and `uv run pytest`.

BIN := .venv/bin
APP := .venv/.rilievo-app
DEV := .venv/.rilievo-dev
PEERS := .venv-bench/.rilievo-peers
TRAIN := .venv-train/.rilievo-train
# Folders of frames with depth, and how long `make train` may take (minutes).
FRAMES ?= out/train-scenes
MINUTES ?= 90
LOCKED := pyproject.toml uv.lock .ci/setup

.DEFAULT_GOAL := help
.PHONY: help demo test campaigns bench tour soak train check format driver screen clean

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

demo: $(APP) driver ## turn a portrait into a lit relief: pictures, passes and a film in demo/
	@$(BIN)/rilievo demo

test: $(DEV) driver screen ## run the tests (one folder: make test T=tests/scene)
	@$(BIN)/python -m pytest $(if $(T),$(T),-m "not slow")

campaigns: $(DEV) driver screen ## run the tests that take long
	@$(BIN)/python -m pytest -m slow $(T)

bench: $(PEERS) driver ## time 3D mode against peers, and live use: bench.json
	@.venv-bench/bin/python -m tests.bench.run

tour: $(DEV) driver screen ## drive the window through the whole workflow: pictures in out/tour/
	@$(BIN)/python -m tests.tour

soak: $(DEV) driver ## ten minutes live on a stream: memory and GPU objects must not grow
	@$(BIN)/python -m tests.bench.soak

train: $(TRAIN) ## train the shipped depth network: make train FRAMES="DIR ..." MINUTES=90
	@.venv-train/bin/python models/train/train.py --frames $(FRAMES) --minutes $(MINUTES) --out out/train
	@.venv-train/bin/python models/train/export.py out/train/state.pt --out out/train/depth_small.onnx

check: $(DEV) ## style, types and the import contract
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports

format: $(DEV) ## put the sources into the house style
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

# The application's environment alone; the tests and the checks add theirs to it.
$(APP): $(LOCKED)
	@.ci/setup app
	@touch $@

$(DEV): $(LOCKED)
	@.ci/setup dev
	@touch $(APP) $@

# An environment of its own: nothing of the peers gets into the application's.
$(PEERS): $(LOCKED) tests/bench/peers.txt
	@.ci/setup bench
	@touch $@

# What trains a network is far larger than what runs it.
$(TRAIN): models/train/requirements.txt .ci/setup
	@.ci/setup train
	@touch $@

# Looked for every time, because a stamp would not notice a driver that was removed.
driver:
	@.ci/setup driver

screen:
	@.ci/setup screen

clean: ## remove the environment and everything the commands made here
	@rm -rf .venv .venv-bench .venv-train .tools demo out dist build tests/output-artifacts
