"""Snakemake's own report, made when a run has succeeded."""

import subprocess
import sys
import tempfile
from pathlib import Path

import yaml


def make_report(snakefile: str, config: dict, shown: list[str], report: Path) -> None:
    """Write `report` from what lies on disk; the one before stays until the new one is whole.

    shown: the files of a complete run. Without all of them (a run of some targets only) nothing
    is written.
    """
    if not all(Path(path).exists() for path in shown):
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
