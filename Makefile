# The two commands to know: `make run` and `make test`. `make` alone lists the rest.
#
# Variables, given after the target's name:
#   ARGS         passed on to snakemake:  make run ARGS="--configfile examples/mpsa.yaml"
#   PYTHON       the Python to set up with, 3.11 to 3.14
#   TORCH_INDEX  a further package index: https://download.pytorch.org/whl/cpu spares gigabytes of
#                CUDA on a Linux machine without a GPU

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run example data test test-all bench bench-gpu dag overview gallery reference site lint format clean

BIN := .venv/bin
RUN := $(BIN)/.run-installed
DEV := $(BIN)/.dev-installed
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONNOUSERSITE := 1
# A user's own settings of these tools are for other projects.
unexport PYTHONPATH PYTEST_ADDOPTS SNAKEMAKE_PROFILE

# ------------------------------------------------------------------------------------------- use
help:            ## this list
	@sed -nE 's/^([a-z-]+):.*## /  make \1\t/p' Makefile | expand -t 20

run: $(RUN)      ## the built-in run, or the one that ARGS="--configfile my.yaml" names
	@PYTHONPATH=scripts python -m seq2score.settings.reading $(ARGS)
	@snakemake $(ARGS)
	@[[ "$(ARGS)" || -e results/report.html ]] || snakemake --report results/report.html

data: $(RUN)     ## fetch or make the tables that examples/ use, into data/
	@python examples/fetch.py data
	@python examples/plant_motifs.py data

example: data    ## fetch them and run every example
	@for config in examples/*.yaml; do snakemake --configfile $$config $(ARGS); done

# --------------------------------------------------------------------------------------- develop
test: lint       ## what can be tested without system packages, in some minutes
	@pytest --numprocesses auto --dist loadfile $(ARGS)

test-all: lint data    ## everything: also conda, SLURM, a browser and the public tables
	@.ci/install-tools
	@pytest --all --numprocesses auto --dist loadfile --no-loadscope-reorder --durations 30 $(ARGS)

bench: $(DEV) data  ## the performance table, measured now
	@python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	@python benchmarks/training.py
	@python benchmarks/throughput.py
	@python benchmarks/builtin.py
	@python benchmarks/jobs.py
	@python benchmarks/tables.py
	@python benchmarks/large.py
	@python benchmarks/library.py --rows 2000 --held-out 1
	@python benchmarks/information.py mpsa --models additive pairwise network

bench-gpu: $(DEV) ## the same of a GPU, where there is one
	@python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	@python benchmarks/gpu.py

dag: $(DEV)      ## draw the graph of rules
	@snakemake --quiet all --rulegraph | python -c "import pygraphviz, sys; \
	  pygraphviz.AGraph(sys.stdin.read()).draw('docs/dag.svg', prog='dot')"

overview: run $(DEV) ## draw README's picture, from the built-in run
	@PYTHONPATH=scripts python docs/overview.py docs/overview.png

gallery: $(RUN)  ## make the pictures of README's four questions and of the guides
	@snakemake --configfile docs/gallery.yaml
	@$(BIN)/python docs/gallery.py results/gallery/library docs/gallery

reference: $(RUN) ## write docs/configuration.md and the schema for editors anew
	@PYTHONPATH=scripts python -m seq2score.settings.reference

site: $(DEV)     ## build the documentation as a site, into site/; links and anchors are checked
	@NO_MKDOCS_2_WARNING=1 mkdocs build --quiet --strict

lint: $(DEV)     ## check style, formatting, types and words
	@ruff check --quiet .
	@ruff format --check --quiet .
	@snakefmt --check Snakefile workflow
	@mypy
	@.ci/check-words
	@snakemake --lint

format: $(DEV)   ## repair what can be repaired of it
	@ruff check --quiet --fix .
	@ruff format --quiet .
	@snakefmt Snakefile workflow

clean:           ## remove the environment and caches, but no results
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis

# ---------------------------------------------------------------------------------------- set up
$(RUN): requirements.txt | $(BIN)/python
	@echo "Setting up .venv (once, some minutes) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) --requirement requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUN)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@

$(BIN)/python:
	@PYTHON="$(PYTHON)" envs/make-venv .venv
