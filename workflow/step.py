"""One step by hand, or in a debugger: what Snakemake gives to the script of a rule.

    python workflow/step.py train dataset=8mers model=cnn seed=17
    python -m pdb workflow/step.py check_table dataset=mine digest=... --configfile my.yaml

or in Python, with `workflow/` on the path:

    snakemake = mock_snakemake("train", dataset="8mers", model="cnn", seed=17)

Nothing is planned and nothing is removed: the inputs must be there. What the step says goes to the
terminal, and what it makes to where a run would put it.
"""

import argparse
import runpy
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.dag import DAG
from snakemake.io import IOCache
from snakemake.iocontainers import Snakemake
from snakemake.jobs import Job
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    DeploymentSettings,
    ExecMode,
    ExecutionSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
    StorageSettings,
    WorkflowSettings,
)
from snakemake.workflow import Workflow

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "scripts"


def mock_snakemake(
    rule: str, *, configfiles: Sequence[str | Path] = (), **wildcards: object
) -> Snakemake:
    """The `snakemake` of a script: input, output, params and all else of one job of its rule.

    Parameters
    ----------
    rule : its name
    configfiles : as of `--configfile`; the built-in config without any
    wildcards : of the job, by name

    Raises
    ------
    KeyError
        For a rule that there is not, or a wildcard that is missing; names those that there are.
    """
    return _given(_job(rule, configfiles, wildcards))


def _given(job: Job) -> Snakemake:
    """What Snakemake gives to the script of a job."""
    return Snakemake(
        job.input,
        job.output,
        job.params,
        job.wildcards,
        job.threads,
        job.resources,
        job.log,
        job.rule.workflow.config,
        job.rule.name,
        None,
        str(SCRIPTS),
    )


def load_workflow(api: SnakemakeApi, configfiles: Sequence[str | Path] = ()) -> Workflow:
    """The workflow with its rules, as a job of Snakemake has it: read, and nothing planned."""
    workflow = Workflow(
        config_settings=ConfigSettings(configfiles=[Path(file) for file in configfiles]),
        resource_settings=ResourceSettings(cores=1),
        workflow_settings=WorkflowSettings(exec_mode=ExecMode.SUBPROCESS),  # quietly
        logger_manager=api.logger_manager,
        storage_settings=StorageSettings(),
        deployment_settings=DeploymentSettings(),
        dag_settings=DAGSettings(),
        execution_settings=ExecutionSettings(),
        output_settings=api.output_settings,
    )
    workflow.iocache = IOCache(max_wait_time=1)
    workflow.include(str(ROOT / "Snakefile"), overwrite_default_target=True)
    return workflow


def _job(rule: str, configfiles: Sequence[str | Path], wildcards: Mapping[str, object]) -> Job:
    """A job of the workflow, as Snakemake itself makes one, outside of any plan."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = load_workflow(api, configfiles)
        rules = {known.name: known for known in workflow.rules}
        if rule not in rules:
            raise KeyError(f"there is no rule {rule}. There are: {', '.join(rules)}")
        names = rules[rule].wildcard_names
        if missing := sorted(names - wildcards.keys()):
            raise KeyError(f"{rule} needs {', '.join(missing)}, each as NAME=VALUE")
        values = {name: str(value) for name, value in wildcards.items()}
        return Job(rules[rule], DAG(workflow, rules=[rules[rule]]), values)


def run(rule: str, configfiles: Sequence[str | Path], wildcards: Mapping[str, object]) -> None:
    """Run the script of a rule as one job of it, its messages on the terminal."""
    job = _job(rule, configfiles, wildcards)
    for path in job.output:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    snakemake = _given(job)
    del snakemake.log[:]
    sys.path.insert(0, str(SCRIPTS))
    script = SCRIPTS / Path(job.rule.script).name
    runpy.run_path(str(script), {"snakemake": snakemake}, "__main__")


def main(arguments: Sequence[str]) -> None:
    """Run the step that a command line names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rule")
    parser.add_argument("wildcards", nargs="*", metavar="NAME=VALUE")
    parser.add_argument("--configfile", nargs="+", default=[], metavar="FILE")
    named = parser.parse_args(arguments)
    run(named.rule, named.configfile, dict(text.split("=", 1) for text in named.wildcards))


if __name__ == "__main__":
    main(sys.argv[1:])
