# Everything starts from a fresh clone: a target makes the environment and the data it needs.
# Options are given as in `make run PARAMS='hidden=256 lr=0.1'`.

# Recipes read options as variables of their environment, "$$NAME": spaces, quotes and dollar signs in what was
# typed stay what they are, for make (hence `value`) as for the shell. What was typed overrides what follows.
OPTIONS := PYTHON VENV JOBS PROFILE ARITHMETIC DATASET DATA_DIR PARAMS GRID MODEL RUNS BUILD FORCE ONLY REPETITIONS TESTS
OPTIONS += TIMEOUT CHROME BROWSER TRANSPOSE INPUT_SCALE FORMAT OUTPUT UPGRADE IMAGE LAB N SEED RERUN SCHEDULER RUN CHECK
TYPED := $(sort $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name))))
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

# What is typed is for this make, not for those that its recipes start.
MAKEOVERRIDES :=
override SHELL := /bin/sh
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory
# One BLAS thread a process: the workers are the parallelism, and results do not depend on the cores.
export OPENBLAS_NUM_THREADS ?= 1
# Python without the user's settings, which could change what runs come to; nbreport sees to that itself, and ends with
# this make, whose number it is told, as make may be gone by the time it, or its shell, asks.
THIS_MAKE := $(shell echo $$PPID)
# For the clock of `make report`: when make began, in seconds since 1970. `data` notes its own beginning when its recipe
# is expanded, just before it runs. With other goals in between, neither would say what it should.
CLOCK = $(if $(filter-out report,$(MAKECMDGOALS)),,$(shell date +%s 2>/dev/null))
BEGUN := $(CLOCK)
CLEAN = "$$PY" -EPB -m nbreport.kernels.surroundings
REPORT = NBREPORT_PARENT=$(THIS_MAKE) exec "$$PY" -EPB -m nbreport
# ... in the arithmetic of runs.
HELD = $(CLEAN) -m nbreport.kernels.arithmetic "$$ARITHMETIC" "$$PY" -P
# The data set of runs, studies and report.
SET = $(if $(DATASET),--set="dataset=$$DATASET")
# The Dask scheduler whose workers run studies.
ELSEWHERE = $(if $(SCHEDULER),--scheduler="$$SCHEDULER")
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
	@echo "         ARITHMETIC=native DATASET=fashion-mnist DATA_DIR=FOLDER FORCE=1 TIMEOUT=15m CHROME=PATH BROWSER=none PYTHON=python3 VENV=.venv"
.PHONY: help

report: data ## everything from a fresh clone: data, runs, chapters, report/build/homework1.html and .pdf
	@$(REPORT) report report/report.yaml --before="environment=$(BEGUN) data=$(DATA_BEGUN)" --profile="$$PROFILE" --jobs="$$JOBS" --timeout="$$TIMEOUT" --arithmetic="$$ARITHMETIC" --runs="$$RUNS" --build="$$BUILD" $(SET) $(ELSEWHERE) $(if $(ASKED),--browser="$$BROWSER")
.PHONY: report
report.takes = PROFILE JOBS SCHEDULER TIMEOUT ARITHMETIC $(data.takes) RUNS BUILD CHROME BROWSER

run: data ## train once: PARAMS='hidden=256 lr=0.1'; the last line says where it is
	@$(REPORT) run notebooks/train.ipynb --params="$$PARAMS" --timeout="$$TIMEOUT" --arithmetic="$$ARITHMETIC" --runs="$$RUNS" $(SET) $(if $(FORCE),--force)
.PHONY: run
run.takes = PARAMS TIMEOUT ARITHMETIC RUNS FORCE $(data.takes)

sweep: data ## run what is missing or stale of a study: GRID=configs/NAME.yaml JOBS=2, or SCHEDULER=tcp://HOST:8786 for Dask's workers
	@$(REPORT) sweep --jobs="$$JOBS" --timeout="$$TIMEOUT" --arithmetic="$$ARITHMETIC" --runs="$$RUNS" $(SET) $(ELSEWHERE) $(if $(FORCE),--force) -- "$$GRID"
.PHONY: sweep
sweep.takes = GRID JOBS SCHEDULER TIMEOUT ARITHMETIC RUNS FORCE $(data.takes)

# What chapter 9 has in full: too long for every report, so what it came to is kept in data/frontier.
FRONTIER := ablation ablation_distorted plain long pupil distorted prepared untaught
frontier: data ## how far two layers go: the recipes of chapter 9 in full, 90 minutes on two cores, into data/frontier
	@$(REPORT) sweep --jobs="$$JOBS" --timeout="$$TIMEOUT" --arithmetic="$(if $(filter ARITHMETIC,$(TYPED)),$$ARITHMETIC,native)" --runs="$$RUNS" \
	  $(SET) $(if $(FORCE),--force) -- $(FRONTIER:%=configs/frontier_%.yaml)
	@exec $(CLEAN) -m twolayer record --runs="$$RUNS" --dataset="$$DATASET"
.PHONY: frontier
frontier.takes = JOBS TIMEOUT ARITHMETIC RUNS FORCE $(data.takes)

verify: env ## what is fresh, stale, missing, foreign or damaged, bit for bit the published; RERUN=3 runs some again to compare
	@$(REPORT) verify report/report.yaml --profile="$$PROFILE" --arithmetic="$$ARITHMETIC" --runs="$$RUNS" --build="$$BUILD" \
	  --rerun="$$RERUN" --jobs="$$JOBS" --timeout="$$TIMEOUT" $(SET)
.PHONY: verify
verify.takes = PROFILE DATASET ARITHMETIC RUNS BUILD RERUN JOBS TIMEOUT

evaluate: env ## test a saved model without training: MODEL=PATH, on the data set that it has learned or DATASET=mnist
	@exec $(HELD) -m twolayer evaluate --model="$$MODEL" --dataset="$$DATASET" --data-dir="$$DATA_DIR" --input-scale="$$INPUT_SCALE"
.PHONY: evaluate
evaluate.takes = MODEL DATASET DATA_DIR INPUT_SCALE ARITHMETIC

export: env ## write a saved model for other tools: MODEL=PATH FORMAT=safetensors or onnx, OUTPUT=FILE
	@exec $(CLEAN) -m twolayer export --model="$$MODEL" --format="$$FORMAT" --output="$$OUTPUT" --input-scale="$$INPUT_SCALE"
.PHONY: export
export.takes = MODEL FORMAT OUTPUT INPUT_SCALE

predict: env ## say which digit a picture shows: IMAGE=photo.jpg, or several, MODEL=PATH; a page shows each step
	@exec $(HELD) -m twolayer predict --image="$$IMAGE" --model="$$MODEL" --input-scale="$$INPUT_SCALE" $(if $(filter RUNS,$(TYPED)),--runs="$$RUNS") --build="$$BUILD" --output="$$OUTPUT"
.PHONY: predict
predict.takes = IMAGE MODEL INPUT_SCALE ARITHMETIC RUNS BUILD OUTPUT

diagnose: env ## say what ails a run, why, and what to change: RUN=runs/STUDY/RUN
	@exec $(CLEAN) -m twolayer diagnose -- "$$RUN"
.PHONY: diagnose
diagnose.takes = RUN

exercises: env ## for a class: the derivation without its functions' bodies, OUTPUT=FILE; CHECK=FILE says what a student has right
	@exec $(CLEAN) tools/exercises.py --output="$$OUTPUT" --check="$$CHECK"
.PHONY: exercises
exercises.takes = OUTPUT CHECK

data: env ## get and verify a data set: DATASET=mnist, DATA_DIR=FOLDER for local IDX files, TRANSPOSE=yes if on their side
	$(eval DATA_BEGUN := $(CLOCK))@$(CLEAN) -m twolayer data --dataset="$$DATASET" --data-dir="$$DATA_DIR" --transpose="$$TRANSPOSE"
.PHONY: data
data.takes = DATASET DATA_DIR TRANSPOSE

lab: data ## open the notebooks in JupyterLab, as root and in a container, too: LAB=--ip=0.0.0.0 for its own options
	@exec tools/lab $(HELD) -m jupyter lab notebooks
.PHONY: lab
lab.takes = LAB ARITHMETIC $(data.takes)

test: dev ## the whole test suite: TESTS=tests/test_layers.py for a part
	@printf '%s\n' "$$TESTS" | xargs "$$PY" -m pytest -n "$$JOBS" --dist loadfile --no-loadscope-reorder --durations 20
.PHONY: test
test.takes = TESTS JOBS CHROME

mutants: dev ## put mistakes into a copy of the library; the tests must notice each
	@exec "$$PY" tools/mutants.py --jobs="$$JOBS"
.PHONY: mutants
mutants.takes = JOBS

faults: dev ## let things go wrong with sweeps on purpose, N=100 times; nothing may be lost or left: ONLY=signal SEED=0
	@exec "$$PY" tools/faults --number="$$N" --seed="$$SEED" --only="$$ONLY" --jobs="$$JOBS"
.PHONY: faults
faults.takes = N SEED ONLY JOBS

fuzz: dev ## hostile files, texts and parameters at all front doors; only declared errors may come out: N=10000
	@exec "$$PY" tools/fuzz.py -- "$$N"
.PHONY: fuzz
fuzz.takes = N

bench: env ## measure speed beside PyTorch, JAX, scikit-learn, C and the homework (half an hour): ONLY=steps REPETITIONS=5
	@$(CLEAN) -m twolayer data --data-dir="$$DATA_DIR"
	@exec "$$PY" benchmarks --only="$$ONLY" --repetitions="$$REPETITIONS"
.PHONY: bench
bench.takes = ONLY REPETITIONS DATA_DIR

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
publish.takes = JOBS CHROME

readme: env ## renew the README's numbers from what was published and measured
	@"$$PY" tools/readme.py
.PHONY: readme

COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" "$$PY" -m uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	  --fork-strategy fewest --generate-hashes --no-annotate $(if $(UPGRADE),--upgrade) --extra build

lock: dev ## renew requirements.lock and requirements-dev.lock from pyproject.toml: UPGRADE=1 for newer versions
	$(COMPILE) -o requirements.lock
	$(COMPILE) --extra dev --extra export --extra cluster --constraint requirements.lock -o requirements-dev.lock \
	  $$(sed -n 's/^\([^ ]*\)==.*/--no-emit-package \1/p' requirements.lock)
.PHONY: lock
lock.takes = UPGRADE

clean: ## remove what was built: runs, report; data and environment stay
	@tools/clean "$$RUNS" "$$BUILD"
.PHONY: clean
clean.takes = RUNS BUILD

# What was typed acts or is refused, before anything starts: of a misspelt option the default would be taken. What the
# environment says may be meant for another target, and a target of another makefile may take all.
TARGETS := $(shell sed -n 's/^.PHONY: //p' Makefile)
GOALS := $(or $(MAKECMDGOALS),help)
taken = PYTHON VENV $(if $(filter $(1),$(TARGETS)),$($(1).takes),$(OPTIONS))
WRONG := $(filter-out $(foreach goal,$(GOALS),$(call taken,$(goal))),$(TYPED))
quoted = '$(subst ','\'',$(1))'
ifneq ($(WRONG),)
PAIRS := $(foreach target,$(TARGETS),$(addprefix $(target):,$(call taken,$(target))))
$(shell tools/options $(call quoted,$(GOALS)) '$(PAIRS)' $(foreach name,$(WRONG),$(call quoted,$(name)) $(call quoted,$(value $(name)))) >&2)
$(error nothing is started)
endif
