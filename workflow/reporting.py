"""Snakemake's own report: made when a run has succeeded, or on its own of what there is."""

import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError


def opening(results: str) -> str:
    """The page that a report opens with, which needs the summary of a complete run."""
    complete = Path(results, "summary.html").exists()
    return f"workflow/report/{'workflow' if complete else 'partial'}.rst"


def shown(targets: list[str], results: str) -> list[str]:
    """The targets; those that exist, where Snakemake is called for a report only.

    So a report can be made after a run of some of them. Raises WorkflowError where none exists.
    """
    if not asked_for(sys.argv):
        return targets
    existing = [target for target in targets if Path(target.replace("<results>", results)).exists()]
    if not existing:
        raise WorkflowError("There is nothing to report yet. Run snakemake without --report first.")
    if missing := len(targets) - len(existing):
        message = f"A report of a part: {missing} of {len(targets)} results are not there yet."
        print(message, file=sys.stderr)
    return existing


def asked_for(arguments: list[str]) -> bool:
    """Whether Snakemake was called for its report only."""
    return any(argument.partition("=")[0] == "--report" for argument in arguments)


def make_report(snakefile: str, config: dict, shown: list[str], report: Path) -> None:
    """Write `report` from what lies on disk; the one before stays until the new one is whole.

    shown: the files of a complete run. Without all of them (a run of some targets only) nothing
    is written, nor where Snakemake lacks what its reports need; it is said how to get it then.
    """
    if not all(Path(path).exists() for path in shown):
        return
    try:
        import pygments  # noqa: F401
    except ImportError:
        print(
            "All results are there. Their report needs the package pygments: install it beside "
            f"Snakemake, then add `--report {report}` to the same command.",
            file=sys.stderr,
        )
        return
    fresh = report.with_name(f".{report.name}")
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".yaml") as same_config:
        yaml.safe_dump(config, same_config)
        same_config.flush()
        command = [sys.executable, "-m", "snakemake", "--snakefile", snakefile, "--nolock"]
        command += ["--configfile", same_config.name, "--quiet", "all", "--report", str(fresh)]
        subprocess.run(command, check=True)
    fresh.replace(report)
    print(f"The report: {report}", file=sys.stderr)


def keep_quiet(arguments: list[str]) -> None:
    """Pass over a warning of Snakemake's about itself, in the report of rules that use `size_mb`.

    It asks for their resources within a loop that runs already, and takes note that it cannot.
    """
    if asked_for(arguments):
        warnings.filterwarnings("ignore", r"coroutine .* was never awaited", RuntimeWarning)


def keep_inert(arguments: list[str]) -> None:
    """See to it that no text of a config or a table runs as a script in the report.

    Snakemake writes what it knows of each result (its parameters, the names of columns among them)
    as JSON into <script> elements, where `</script>` in any text ends the element. JSON knows
    another way to write "<", which HTML does not.
    arguments: of the command line; nothing is to be done where they ask for no report.
    """
    if not asked_for(arguments):
        return
    from snakemake.report.html_reporter import data

    for name in [name for name in vars(data) if name.startswith("render_")]:
        setattr(data, name, _without_tags(getattr(data, name)))


def _without_tags(render: Callable[..., str]) -> Callable[..., str]:
    return lambda *arguments: render(*arguments).replace("<", "\\u003c")
