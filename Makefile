# Everything starts from a fresh clone: a target makes the environment and the data it needs.
# Options are given as in `make run PARAMS='hidden=256 lr=0.1'`.

# Recipes read options as variables of their environment, "$$NAME": spaces, quotes and dollar signs in what was
# typed stay what they are, for make (hence `value`) as for the shell. What was typed overrides what follows.
OPTIONS := PYTHON VENV JOBS PROFILE ARITHMETIC DATASET DATA_DIR PARAMS GRID MODEL RUNS BUILD FORCE ONLY REPETITIONS TESTS
OPTIONS += CHROME BROWSER TRANSPOSE INPUT_SCALE FORMAT OUTPUT IMAGE
# In the environment BROWSER may be the desktop's: what opens links.
ASKED := $(filter command,$(origin BROWSER))
$(foreach name,$(OPTIONS),$(if $(filter-out undefined,$(origin $(name))),$(eval override $(name) := $$(value $(name)))))

PYTHON := python3
VENV := .venv
JOBS := $(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 1)
PROFILE := default
ARITHMETIC := portable
GRID := configs/homework_grid.yaml
RUNS := runs
BUILD := report/build
REPETITIONS := 5
TESTS := tests
# With VENV= (empty) the environment that PYTHON belongs to is used.
PY := $(if $(VENV),$(VENV)/bin/python,$(PYTHON))
export PY $(OPTIONS)

SHELL := /bin/sh
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory
# One BLAS thread a process: the workers are the parallelism, and results do not depend on the cores.
export OPENBLAS_NUM_THREADS ?= 1
# Python in the arithmetic of runs.
HELD = "$$PY" -m nbreport.kernels.arithmetic "$$ARITHMETIC" "$$PY"
# Who wants no bytecode beside the sources gets it apart from them: without any, each of hundreds of processes compiles
# all that it imports, and takes four times as long to start.
ifdef PYTHONDONTWRITEBYTECODE
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX ?= $(CURDIR)/.bytecode
endif

help: ## list the targets
	@echo "A two-layer network on MNIST, from derivation to report."
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'
	@echo "Options: PROFILE=smoke JOBS=2 PARAMS='hidden=256 lr=0.1' GRID=configs/NAME.yaml MODEL=PATH"
	@echo "         ARITHMETIC=native DATASET=fashion-mnist DATA_DIR=FOLDER FORCE=1 CHROME=PATH BROWSER=none PYTHON=python3 VENV=.venv"
.PHONY: help

report: env ## everything from a fresh clone: data, runs, chapters, report/build/homework1.html and .pdf
	@"$$PY" -m twolayer data --dataset mnist --data-dir "$$DATA_DIR"
	@exec "$$PY" -m nbreport report report/report.yaml --profile "$$PROFILE" --jobs "$$JOBS" --arithmetic "$$ARITHMETIC" --runs "$$RUNS" --build "$$BUILD" $(if $(ASKED),--browser "$$BROWSER")
.PHONY: report

run: data ## train once: PARAMS='hidden=256 lr=0.1'; the last line says where it is
	@exec "$$PY" -m nbreport run notebooks/train.ipynb --params "$$PARAMS$(if $(DATASET), dataset=$$DATASET)" --arithmetic "$$ARITHMETIC" --runs "$$RUNS" $(if $(FORCE),--force)
.PHONY: run

sweep: data ## run what is missing or stale of a study: GRID=configs/NAME.yaml JOBS=2
	@exec "$$PY" -m nbreport sweep "$$GRID" --jobs "$$JOBS" --arithmetic "$$ARITHMETIC" --runs "$$RUNS" $(if $(FORCE),--force)
.PHONY: sweep

verify: env ## what is fresh, stale, missing, foreign or damaged, and which runs are bit for bit the published
	@exec "$$PY" -m nbreport verify report/report.yaml --profile "$$PROFILE" --arithmetic "$$ARITHMETIC" --runs "$$RUNS" --build "$$BUILD"
.PHONY: verify

evaluate: env ## test a saved model without training: MODEL=PATH, on the data set that it has learned or DATASET=mnist
	@exec $(HELD) -m twolayer evaluate --model "$$MODEL" --dataset "$$DATASET" --data-dir "$$DATA_DIR" --input-scale "$$INPUT_SCALE"
.PHONY: evaluate

export: env ## write a saved model for other tools: MODEL=PATH FORMAT=safetensors or onnx, OUTPUT=FILE
	@exec "$$PY" -m twolayer export --model "$$MODEL" --format "$$FORMAT" --output "$$OUTPUT" --input-scale "$$INPUT_SCALE"
.PHONY: export

predict: env ## say which digit a picture shows: IMAGE=photo.jpg, or several, MODEL=PATH; a page shows each step
	@exec $(HELD) -m twolayer predict --image "$$IMAGE" --model "$$MODEL" --input-scale "$$INPUT_SCALE" --runs "$$RUNS" --output "$${OUTPUT:-$$BUILD/predictions.html}"
.PHONY: predict

data: env ## get and verify a data set: DATASET=mnist, DATA_DIR=FOLDER for local IDX files, TRANSPOSE=yes if on their side
	@"$$PY" -m twolayer data --dataset "$$DATASET" --data-dir "$$DATA_DIR" --transpose "$$TRANSPOSE"
.PHONY: data

lab: data ## open the notebooks in JupyterLab
	@exec $(HELD) -m jupyter lab notebooks
.PHONY: lab

test: dev ## the whole test suite: TESTS=tests/test_layers.py for a part
	@printf '%s\n' "$$TESTS" | xargs "$$PY" -m pytest -n "$$JOBS" --dist loadfile --no-loadscope-reorder --durations 20
.PHONY: test

mutants: dev ## put mistakes into a copy of the library; the tests must notice each
	@exec "$$PY" tools/mutants.py --jobs "$$JOBS"
.PHONY: mutants

bench: data ## measure speed beside PyTorch, scikit-learn and the homework (a quarter of an hour): ONLY=steps REPETITIONS=5
	@exec "$$PY" benchmarks --only "$$ONLY" --repetitions "$$REPETITIONS"
.PHONY: bench

lint: dev ## style of code and notebooks
	@"$$PY" -m ruff check .
	@"$$PY" -m ruff format --check .
.PHONY: lint

env: ## the Python environment with exact versions
	@tools/environment "$$PYTHON" "$$VENV" requirements.lock
.PHONY: env

dev: env ## the environment with what tests and lint need besides
	@tools/environment "$$PYTHON" "$$VENV" requirements-dev.lock
.PHONY: dev

publish: env ## build the full report from a clean clone of the last commit into report/published (half an hour)
	@"$$PY" tools/publish.py
	@"$$PY" tools/readme.py
.PHONY: publish

readme: env ## renew the README's numbers from what was published and measured
	@"$$PY" tools/readme.py
.PHONY: readme

COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	  --fork-strategy fewest --generate-hashes --no-annotate --upgrade --extra build

lock: ## renew requirements.lock and requirements-dev.lock from pyproject.toml (needs uv)
	$(COMPILE) -o requirements.lock
	$(COMPILE) --extra dev --constraint requirements.lock -o requirements-dev.lock \
	  $$(sed -n 's/^\([^ ]*\)==.*/--no-emit-package \1/p' requirements.lock)
.PHONY: lock

clean: ## remove what was built: runs, report; data and environment stay
	@tools/clean "$$RUNS" "$$BUILD"
.PHONY: clean
