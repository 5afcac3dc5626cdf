"""What a run says in the terminal: a line a finished step, and whatever went wrong.

Where a step stops at what a user's file holds, its message stands alone.

Snakemake's own twenty lines a job go to its log alone, whose path it names at the end. With
`--verbose`, `--quiet`, `--printshellcmds`, another `--logger` or in a dry run, it talks as ever.
"""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from snakemake_interface_logger_plugins.common import LogEvent

from seq2score.errors import InputError

SILENT = {
    LogEvent.WORKFLOW_STARTED,
    LogEvent.RESOURCES_INFO,
    LogEvent.JOB_INFO,
    LogEvent.JOB_STARTED,
    LogEvent.GROUP_INFO,
    LogEvent.PROGRESS,
    LogEvent.SHELLCMD,
}
FAILED = {LogEvent.JOB_ERROR, LogEvent.GROUP_ERROR}
CHATTER = re.compile(
    r"Building DAG of jobs|Using shell|Conda environments: ignored|Select jobs to execute|"
    r"Group jobs: inactive|Storing output in storage|Removing temporary output"
)
MESSAGE = re.compile(r"^[\d:]* → (.*)$", re.MULTILINE)  # as `job.tell` writes it
DATA_ERROR = re.compile(r"^Error: .*\Z", re.MULTILINE | re.DOTALL)  # as a job ends with it
SKEW = 60  # seconds by which clocks of machines may differ
# What Snakemake says of a failed job beside its record, before and when the run has ended.
OPENING = re.compile(r"RuleException:")
ENDING = re.compile(r"Exiting because a job execution failed|WorkflowError:\s+At least one job did")


def tell_steps(logger: logging.Logger, output) -> None:
    """Make Snakemake's terminal handler tell of finished steps only.

    output: Snakemake's output settings.
    """
    if output.dryrun or output.quiet or output.verbose or output.printshellcmds:
        return
    for handler in logger.handlers:
        if handler.name == "DefaultStreamHandler":
            steps = Steps(handler.formatter, handler.is_tty)
            handler.addFilter(steps)
            handler.setFormatter(steps)


@contextmanager
def message_alone() -> Iterator[None]:
    """End Snakemake with the message of an `InputError`, without lines of a stack.

    So it ends as any program that was told to exit: locks are given back, the status is 1.
    """
    try:
        yield
    except InputError as error:
        sys.exit(f"Error: {error}")


class Steps(logging.Formatter):
    """Filter and formatter of a handler. usual: formats errors, warnings and all that is not known.

    is_tty: a training may have left its bar in the line, which is then written over.
    """

    def __init__(self, usual: logging.Formatter, is_tty: bool = False):
        super().__init__()
        self.usual, self.start = usual, "\r\x1b[K" if is_tty else ""
        self.jobs, self.done, self.total = {}, 0, 0
        self.waiting: list[logging.LogRecord] = []  # until it is known which job they are of
        self.crashed = self.wrong_data = False
        self.said: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        event = getattr(record, "event", None)
        if OPENING.match(str(record.msg)):
            self.waiting.append(record)
            return False
        if (
            event in FAILED and {*self._data_errors(record)} & self.said
        ):  # another step stopped at it
            self.waiting = []
            return False
        if ENDING.match(str(record.msg)) and self.wrong_data and not self.crashed:
            return False
        if event is LogEvent.JOB_INFO:
            self.jobs[record.jobid] = record
        if event is LogEvent.RUN_INFO:
            self.total = record.stats["total"]
        chatter = record.levelno <= logging.INFO and CHATTER.match(str(record.msg))
        return event not in SILENT and not chatter

    def format(self, record: logging.LogRecord) -> str:
        event = getattr(record, "event", None)
        if event is LogEvent.RUN_INFO:
            return f"{self.total} steps to do"
        if event is LogEvent.JOB_FINISHED:
            self.done += 1
            return self.start + self._line(record)
        if event in FAILED:
            if messages := self._data_errors(record):
                self.waiting, self.wrong_data = [], True
                self.said |= {*messages}
                return self.start + "\n".join(messages)
            self.crashed = True
        texts = [self.usual.format(each) for each in [*self.waiting, record]]
        self.waiting = []
        text = "\n".join(filter(None, texts))
        return self.start + text if text else ""

    def _data_errors(self, record: logging.LogRecord) -> list[str]:
        """What is wrong with a user's files, if that is why a job, or those of a group, ended."""
        infos = getattr(record, "job_error_info", None) or [vars(record)]
        messages = []
        for info in infos:
            started = self.jobs.get(info["jobid"])
            for log in map(Path, info["log"] or ()):
                # One that is older tells of an earlier run.
                if log.is_file() and (not started or log.stat().st_mtime > started.created - SKEW):
                    messages += DATA_ERROR.findall(_text(log))
        return [message.strip() for message in messages]

    def _line(self, record: logging.LogRecord) -> str:
        """A finished job: its place, rule, wildcards, seconds and what it told."""
        position = f"[{self.done:{len(str(self.total))}}/{self.total}]"
        started = self.jobs.pop(record.job_id, None)
        if started is None:
            return f"{position} {record.msg}"
        name = " ".join([started.rule_name, *map(str, started.wildcards.values())])
        line = f"{position} {name} ({record.created - started.created:.0f} s)"
        message = [text for path in started.log for text in _messages(Path(path))]
        return f"{line}: {'; '.join(message)}" if message else line


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""


def _messages(log: Path) -> list[str]:
    """What a job wants its user to see."""
    return MESSAGE.findall(_text(log))
