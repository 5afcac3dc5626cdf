"""What turns a script into a job: all that it says goes to its log and stays readable there."""

import logging
import os
import platform
import sys
import traceback
from io import TextIOWrapper
from types import SimpleNamespace, TracebackType
from typing import Any, TextIO, cast

from seq2score import consent
from seq2score.errors import InputError


def start(snakemake: Any) -> None:
    """Send stdout, stderr, warnings, log records and uncaught errors of this job to its log.

    Output of C libraries goes there too. An `InputError` is meant to be read by the user: its
    message stands alone, without a traceback. The terminal, if there is one, stays reachable by
    `terminal()`. Custom classes that the run's config names may be run.
    """
    consent.trust_config(snakemake.config)
    global _terminal
    _terminal = os.dup(2)
    log = os.open(snakemake.log[0], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    cast(TextIOWrapper, sys.stdout).reconfigure(line_buffering=True)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", force=True
    )
    logging.captureWarnings(True)
    logging.info("Python %s in %s", platform.python_version(), sys.prefix)
    sys.excepthook = _tell


def settings(snakemake) -> SimpleNamespace:
    """What a rule gives its job as `params: settings`, by name."""
    return SimpleNamespace(**snakemake.params.settings)


def tell(text: str, *values: object) -> None:
    """A line of the log that the run's terminal shows beside the finished step."""
    logging.info(f"→ {text}", *values)


def terminal() -> TextIO | None:
    """A text stream to where the run's own lines go, a terminal or a file; None before `start`."""
    return None if _terminal is None else os.fdopen(os.dup(_terminal), "w", encoding="utf-8")


_terminal: int | None = None


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, InputError):
        print(f"Error: {error}", file=sys.stderr)
    else:
        traceback.print_exception(kind, error, trace)
