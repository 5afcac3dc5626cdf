"""What turns a script into a job: all that it says goes to its log and stays readable there."""

import errno
import logging
import os
import platform
import select
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, TextIO, cast

from seq2score import consent
from seq2score.errors import InputError, printable

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # a file could not be written for lack of room


def start(snakemake: Any) -> None:
    """Send stdout, stderr, warnings, log records and uncaught errors of this job to its log.

    Output of C libraries goes there too. An `InputError` is meant to be read by the user: its
    message stands alone, without a traceback; so does that of a full disk, and that of a damaged
    file of an earlier step. The terminal, if there is one, stays reachable by `terminal()`. Custom
    classes that the run's config names may be run. A job ends with its run.

    Parameters
    ----------
    snakemake
        What Snakemake gives to a script. Without a log, all output stays where it is.
    """
    consent.trust_config(snakemake.config)
    global _terminal
    if not snakemake.log:  # a step that is run by hand
        logging.basicConfig(level=logging.INFO, format="%(message)s", force=True)
        return
    _end_with(_run_of(os.getppid()))
    _terminal = os.dup(2)
    log = os.open(snakemake.log[0], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    cast(TextIOWrapper, sys.stdout).reconfigure(line_buffering=True)
    handler = logging.StreamHandler()
    handler.setFormatter(_Printable("%(asctime)s %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    logging.info("Python %s in %s", platform.python_version(), sys.prefix)
    sys.excepthook = partial(_tell, snakemake)


def settings(snakemake: Any) -> SimpleNamespace:
    """What a rule gives its job as `params: settings`, by name."""
    return SimpleNamespace(**snakemake.params.settings)


class _Printable(logging.Formatter):
    """Lines of a log that can be shown in a terminal, whatever they quote."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as text."""
        return printable(super().format(record), lines=True)


def tell(text: str, *values: object) -> None:
    """A line of the log that the run's terminal shows beside the finished step.

    Parameters
    ----------
    text
        With places for the values, as logging has them, if there are any.
    values
        One for each place.
    """
    logging.info("→ %s", printable(text % values if values else text))


def terminal() -> TextIO | None:
    """A text stream to where the run's own lines go, a terminal or a file; None before `start`."""
    return None if _terminal is None else os.fdopen(os.dup(_terminal), "w", encoding="utf-8")


_terminal: int | None = None


def _tell(
    snakemake: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
) -> None:
    """Say what ended the job: in a message where its user can mend it, or by a traceback."""
    if not issubclass(kind, Exception):
        message = ""
    elif issubclass(kind, InputError):
        message = str(error)
    elif no_space := _no_space(error):
        message = _of_full_disk(no_space, snakemake.output)
    else:
        message = next(filter(None, map(_damage, snakemake.input)), "")
    text = "".join(traceback.format_exception(kind, error, trace))
    text = f"Error: {message}\n" if message else text
    try:
        print(printable(text, lines=True), end="", file=sys.stderr, flush=True)
    except OSError:  # no room in the log either
        if stream := terminal():
            print(printable(text, lines=True), end="", file=stream, flush=True)


def _no_space(error: BaseException | None) -> OSError | None:
    """The error that says that a file could not be written for lack of room, if one led here."""
    while error:
        if isinstance(error, OSError) and error.errno in FULL:
            return error
        error = error.__cause__ or error.__context__
    return None


def _of_full_disk(error: OSError, outputs: Sequence[str]) -> str:
    """What to do about it. What the step has begun to write is taken away, to make room."""
    files = [Path(output) for output in outputs]
    folders = [*(file.parent for file in files[:1]), Path(tempfile.gettempdir())]
    fullest = min(folders, key=lambda folder: shutil.disk_usage(folder).free).resolve()
    disk = next(folder for folder in [fullest, *fullest.parents] if folder.is_mount())
    for file in filter(Path.is_file, files):
        file.unlink()
    return (
        f"{disk}: {os.strerror(cast(int, error.errno)).lower()}. Make room on this disk, and run "
        "the same command again: what is finished stays, and nothing half-written does."
    )


def _damage(path: str) -> str:
    """What is wrong with a Parquet file; "" for one that is whole, and for other files."""
    if not path.endswith(".parquet"):
        return ""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        for _ in pq.ParquetFile(path).iter_batches():
            pass
    except (OSError, pa.ArrowException):
        return (
            f"{path}: damaged, or cut off before its end. Delete it, and the next run makes it "
            "again (one of your own, fetch again)."
        )
    return ""


def _run_of(parent: int) -> int:
    """The process of the run that a job belongs to: the nearest Snakemake above it, or its parent.

    Between them there may be shells, of conda say, which do not end with the run.
    """
    process = parent
    while process > 1:
        try:
            arguments = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
            status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            break  # another system, or a process of somebody else
        if any(os.path.basename(argument) == b"snakemake" for argument in arguments):  # noqa: PTH119
            return process
        process = int(status.rpartition(")")[2].split()[1])
    return parent


def _end_with(process: int) -> None:
    """End this process at once, and unheard, when another one is gone.

    A job that outlives a killed run would write over what the next run has made.
    """
    if not hasattr(os, "pidfd_open"):
        return
    try:
        handle = os.pidfd_open(process)
    except OSError:  # a kernel without it, or the process is gone already
        return

    def watch() -> None:
        select.select([handle], [], [])
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
