"""Snakemake's own report: made when a run has succeeded, or on its own of what there is."""

import argparse
import atexit
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZipFile

import yaml

from seq2score.errors import InputError
from terminal import message_alone

# The data of a report: JSON, which has no line breaks, in a line and an element each.
DATA = re.compile(r'(?<=<script id=")([\w-]+)">\n *var \w+ = .*;\n(?= *</script>)')
KNOWN = {"workflow-desc", "results", "categories", "rulegraph", "rules", "metadata"}


def opening(results: str) -> str:
    """The page that a report opens with, which needs the summary of a complete run."""
    complete = Path(results, "summary.html").exists()
    return f"workflow/report/{'workflow' if complete else 'partial'}.rst"


@message_alone()
def shown(targets: list[str], results: str) -> list[str]:
    """The targets; those that exist, where Snakemake is called for a report only.

    So a report can be made after a run of some of them. Where none exists, Snakemake ends.
    """
    if not is_report_only(sys.argv):
        return targets
    existing = [target for target in targets if Path(target.replace("<results>", results)).exists()]
    if not existing:
        raise InputError("There is nothing to report yet. Run snakemake without --report first.")
    if missing := len(targets) - len(existing):
        message = f"A report of a part: {missing} of {len(targets)} results are not there yet."
        print(message, file=sys.stderr)
    return existing


def is_report_only(arguments: list[str]) -> bool:
    """Whether Snakemake was called for its report only."""
    return _path_of(arguments) is not None


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
    if not fresh.exists():  # it was put aside
        return
    fresh.replace(report)
    print(f"The report: {report}", file=sys.stderr)


def keep_quiet(arguments: list[str]) -> None:
    """Pass over a warning of Snakemake's about itself, in the report of rules that use `size_mb`.

    It asks for their resources within a loop that runs already, and takes note that it cannot.
    """
    if is_report_only(arguments):
        warnings.filterwarnings("ignore", r"coroutine .* was never awaited", RuntimeWarning)


def keep_inert(arguments: list[str]) -> None:
    """See to it that no text of a config or a table runs as a script in the report.

    Snakemake writes what it knows of each result (its parameters, the names of columns among them)
    as JSON into <script> elements, where `</script>` in any text ends the element. So the report is
    written again when Snakemake has ended.
    arguments: of the command line; nothing is to be done where they ask for no report.
    """
    if report := _path_of(arguments):
        atexit.register(make_inert, report.absolute())


def _path_of(arguments: list[str]) -> Path | None:
    """Where Snakemake was told to write its report."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    parser.add_argument("--report", nargs="?", const="report.html", type=Path)
    return parser.parse_known_args(arguments[1:])[0].report


def make_inert(report: Path) -> None:
    """Write a report of Snakemake's again so that none of its data ends a script.

    A report in which the data stands otherwise than is known here is put aside, for it may not be
    safe to open.
    """
    if not report.exists():
        return
    try:
        if report.suffix == ".zip":
            _make_archive_inert(report)
        else:
            fresh = report.with_name(f".{report.name}")
            fresh.write_text(without_tags(report.read_text(encoding="utf-8")), encoding="utf-8")
            fresh.replace(report)
    except ValueError as error:
        aside = report.with_name(f"{report.name}.unsafe")
        report.replace(aside)
        print(f"The report is put aside as {aside}: {error}.", file=sys.stderr)


def _make_archive_inert(report: Path) -> None:
    fresh = report.with_name(f".{report.name}")
    with ZipFile(report) as old, ZipFile(fresh, "w", ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = old.read(item)
            if PurePosixPath(item.filename).parts[1:] == ("report.html",):
                content = without_tags(content.decode()).encode()
            new.writestr(item, content)
    fresh.replace(report)


def without_tags(page: str) -> str:
    """The page with every "<" of its data as JSON can also write it, which HTML does not read.

    Raises ValueError where the page holds the data in another way than Snakemake 9.27 does, an
    element and a line each.
    """
    data = [match[1] for match in DATA.finditer(page)]
    if len(data) != len({*data}) or not {*data} >= KNOWN:
        raise ValueError(
            "this Snakemake writes its data in another way than is known, so that text of a table "
            "might run as a script in it"
        )
    return DATA.sub(lambda match: match[0].replace("<", "\\u003c"), page)
