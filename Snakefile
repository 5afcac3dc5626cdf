import json
import math
import re
import sys
from importlib.util import find_spec
from pathlib import Path

from snakemake.logging import logger
from snakemake.utils import min_version

min_version("9.27")
here = Path(workflow.current_basedir.get_path_or_uri(secret_free=True))
sys.path[:0] = [str(here / "workflow"), str(here / "scripts")]

import reporting
from fingerprints import code_of, code_of_model, digest
from seq2score.questions import QUESTIONS
from seq2score.questions.attributions import Attributions
from seq2score.questions.design import roles
from seq2score.sequences import sources
from seq2score.settings.resolve import resolve
from seq2score.settings.files import in_storage
from seq2score.settings.models import base_of, best_of
from seq2score.task import TASKS
from storing import keep_wildcard_constraints
from terminal import message_alone, tell_steps

if workflow.is_main_process:
    tell_steps(logger, workflow.output_settings)
    reporting.keep_inert(sys.argv)
    reporting.keep_quiet(sys.argv)

# A user's --configfile stands alone: nothing of the built-in run leaks into it.
if not workflow.config_settings.configfiles:

    configfile: "config.yaml"


# As a module, the files that the config names may be made by the outer workflow's rules; in object
# storage they are looked for when they are needed.
stands_alone = workflow.modifier.is_main_snakefile()
storage_provider = workflow.storage_settings.default_storage_provider
keep_wildcard_constraints(storage_provider)
with message_alone():
    settings = resolve(
        config,
        workflow.configfiles,
        need_files=stands_alone and not storage_provider,
        look_inside=workflow.is_main_process,
        installed=None if workflow.deployment_settings.deployment_method else find_spec,
    )


# What computes on the device asks for it. `auto` takes a GPU where there is one, but asks for none.
gpus = int(settings.device == "cuda")


pathvars:
    results=settings.results,
    logs=f"{settings.results}/logs",
    benchmarks=f"{settings.results}/benchmarks",


report: reporting.opening(settings.results)


# Seconds of work, which a cluster need not queue for.
localrules:
    summarize,
    recover_motifs,
    write_model_card,
    write_summary,
    select_best,
    take_head,
    propose_trials,
    store_trials,


if settings.container:

    containerized: settings.container


# The stages, in the order in which data flows. Each adds to `targets` what a complete run makes.
targets = []


include: "workflow/rules/common.smk"


wildcard_constraints:
    dataset=one_of(settings.datasets),
    model=one_of(settings.models),
    seed=r"\d+",
    run=r"seed\d+|ensemble",
    digest=r"[0-9a-f]{16}",


include: "workflow/rules/counts.smk"
include: "workflow/rules/sequences.smk"
include: "workflow/rules/splits.smk"
include: "workflow/rules/together.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/blends.smk"
include: "workflow/rules/sweeps.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/interpretation.smk"


# What is asked of trained models, a file a question.
for key in QUESTIONS:

    include: f"workflow/rules/{key}.smk"


include: "workflow/rules/questions.smk"
include: "workflow/rules/summary.smk"


rule all:
    default_target: True
    input:
        reporting.shown(targets, settings.results) if stands_alone else targets,


onsuccess:
    reporting.make_report(
        workflow.main_snakefile,
        config,
        shown=rules.all.input,
        report=Path(settings.results, "report.html"),
    )
