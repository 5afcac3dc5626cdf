"""What a run says in the terminal: a line a finished step, and errors whole."""

import io
import logging
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from snakemake.logging import ColorizingTextHandler, DefaultFormatter
from snakemake_interface_logger_plugins.common import LogEvent

from conftest import ROOT
from terminal import _messages, tell_steps

QUIET = {"dryrun": False, "quiet": set(), "verbose": False, "printshellcmds": False}
JOB = {"rule_name": "evaluate", "rule_msg": None, "local": True, "is_checkpoint": False}
JOB |= {"input": ["a"], "output": ["b"], "benchmark": None, "reason": "Missing", "resources": {}}
JOB |= {"wildcards": {"model": "cnn", "run": "seed1"}, "priority": 0, "threads": 1}


@pytest.fixture
def talk():
    """A logger as Snakemake sets it up, and what its terminal shows; `steps()` makes it ours."""
    shown, logger = io.StringIO(), logging.Logger("snakemake")
    handler = ColorizingTextHandler(stream=shown)
    handler.name = "DefaultStreamHandler"
    handler.setFormatter(DefaultFormatter(set(), show_failed_logs=True))
    logger.addHandler(handler)

    def steps(**settings):
        tell_steps(logger, SimpleNamespace(**{**QUIET, **settings}))
        return logger, shown

    return steps


def run_a_job(logger, log):
    info = {"stats": {"evaluate": 12, "total": 12}}
    logger.info("Building DAG of jobs...")
    logger.info("Job stats: ...", extra={"event": LogEvent.RUN_INFO, **info})
    logger.info("Execute 1 jobs...", extra={"event": LogEvent.JOB_STARTED})
    logger.info("job", extra={"event": LogEvent.JOB_INFO, "jobid": 7, "log": [str(log)], **JOB})
    done = {"event": LogEvent.JOB_FINISHED, "job_id": 7}
    logger.info("Finished jobid: 7 (Rule: evaluate)", extra=done)
    logger.info(None, extra={"event": LogEvent.PROGRESS, "done": 1, "total": 27})


def test_a_line_a_step_with_what_it_told(talk, tmp_path):
    log = tmp_path / "log"
    log.write_text("12:00:00 Python 3.11\n12:00:01 → R² 0.95 on the test set\nnoise → no\n")
    logger, shown = talk()
    run_a_job(logger, log)
    assert shown.getvalue().splitlines() == [
        "12 steps to do",
        "[ 1/12] evaluate cnn seed1 (0 s): R² 0.95 on the test set",
    ]


def test_what_a_job_tells_stands_in_its_log(tmp_path):
    code = "import sys; from types import SimpleNamespace; from seq2score import job;"
    code += "job.start(SimpleNamespace(log=[sys.argv[1]], config={})); job.tell('%d of %d', 3, 4)"
    run = [sys.executable, "-c", code, str(tmp_path / "log")]
    subprocess.run(run, check=True, cwd=ROOT / "scripts")
    assert _messages(tmp_path / "log") == ["3 of 4"]


QUOTING = r"""
import logging, sys
from types import SimpleNamespace
from seq2score import errors, job
job.start(SimpleNamespace(log=[sys.argv[1]], config={}))
job.tell("%s is", "a\x1b[2J\nb")
logging.warning("c\x1b[2J\u202ed")
raise errors.InputError("e\x9b\r\nf")
"""


def test_no_control_character_reaches_the_terminal(tmp_path):
    run = [sys.executable, "-c", QUOTING, str(tmp_path / "log")]
    subprocess.run(run, cwd=ROOT / "scripts")
    assert _messages(tmp_path / "log") == [r"a\x1b[2J\nb is"]
    text = (tmp_path / "log").read_text()
    assert r"c\x1b[2J\u202ed" in text and text.endswith("Error: e\\x9b\\r\nf\n")
    assert all(letter.isprintable() or letter == "\n" for letter in text)


def test_a_job_without_a_log_and_one_that_is_not_known_have_their_line(talk, tmp_path):
    logger, shown = talk()
    run_a_job(logger, tmp_path / "none")
    done = {"event": LogEvent.JOB_FINISHED, "job_id": 8}
    logger.info("Finished jobid: 8 (Rule: all)", extra=done)
    assert shown.getvalue().splitlines()[1:] == [
        "[ 1/12] evaluate cnn seed1 (0 s)",
        "[ 2/12] Finished jobid: 8 (Rule: all)",
    ]


def fail(logger, log):
    """A job that fails, as Snakemake tells of it."""
    logger.error("RuleException:\nCalledProcessError in file ...")
    error = {"event": LogEvent.JOB_ERROR, "jobid": 7, "log": [str(log)], "conda_env": None}
    logger.error("Error", extra={**error, "shellcmd": None, "aux": {}, **JOB})


def end(logger):
    logger.info("Exiting because a job execution failed. Look above for error messages")
    logger.error("WorkflowError:\nAt least one job did not complete successfully.")


def test_what_went_wrong_stays_whole(talk, tmp_path):
    log = tmp_path / "log"
    log.write_text("Traceback ...\nKeyError: 'Error: '\n")
    logger, shown = talk()
    fail(logger, log)
    logger.warning("Building DAG of jobs takes long")
    logger.info("Nothing to be done")
    end(logger)
    lines = shown.getvalue().splitlines()
    assert lines[0] == "RuleException:"
    for line in ["Error in rule evaluate:", "    output: b", "KeyError: 'Error: '"]:
        assert line in lines
    for text in ("takes long", "Nothing to be done", "Exiting because", "At least one job"):
        assert text in shown.getvalue()


def test_what_is_wrong_with_a_file_stands_alone(talk, tmp_path):
    log = tmp_path / "log"
    message = "Error: table.csv: 1 of 2 rows cannot be used:\n  line 3: x\nCorrect them."
    log.write_text(f"12:00:00 Python\n{message}\n")
    logger, shown = talk()
    fail(logger, log)
    end(logger)
    assert shown.getvalue() == message + "\n"
    fail(logger, log)  # another step that stops at the same
    assert shown.getvalue() == message + "\n"
    (tmp_path / "other").write_text("Traceback ...\nKeyError: 'x'\n")
    fail(logger, tmp_path / "other")
    end(logger)
    for text in ("RuleException:", "KeyError: 'x'", "Exiting because", "At least one job"):
        assert text in shown.getvalue()


def test_the_log_of_an_earlier_run_tells_nothing(talk, tmp_path):
    log = tmp_path / "log"
    log.write_text("Error: long mended\n")
    os.utime(log, (0, 0))
    logger, shown = talk()
    started = {"event": LogEvent.JOB_INFO, "jobid": 7, "log": [str(log)]}
    logger.info("job", extra={**started, **JOB})
    fail(logger, log)
    assert shown.getvalue().startswith("RuleException:")


def test_what_belongs_to_no_failed_job_is_not_lost(talk):
    logger, shown = talk()
    logger.error("RuleException:\nof nobody")
    logger.info("Complete log(s): x")
    assert shown.getvalue().splitlines() == ["RuleException:", "of nobody", "Complete log(s): x"]


@pytest.mark.parametrize("setting", QUIET)
def test_who_asks_for_more_or_less_gets_it(talk, tmp_path, setting):
    logger, shown = talk(**{setting: {"rules"} if setting == "quiet" else True})
    run_a_job(logger, tmp_path)
    assert "rule evaluate:\n    input: a\n" in shown.getvalue()


def test_a_bar_is_written_over(talk, tmp_path, monkeypatch):
    monkeypatch.setattr(ColorizingTextHandler, "is_tty", True)
    logger, shown = talk()
    run_a_job(logger, tmp_path / "none")
    assert "\r\x1b[K[ 1/12] evaluate" in shown.getvalue()


def test_a_wrong_config_is_told_without_lines_of_a_stack(run_workflow, tmp_path):
    """And Snakemake ends as it does otherwise: no lock is left."""
    wrong = {"datasets": {"d": {"synthetic": {"length": 6, "cuont": 3}}}}
    run = run_workflow(tmp_path, wrong)
    assert run.returncode == 1
    *_, message = run.stdout.splitlines()
    assert message.startswith("Error: ") and "cuont: unknown. Did you mean count?" in message
    assert not {"Traceback", "File", "ConfigError"} & {*run.stdout.split()}
    nothing = run_workflow(tmp_path, {"datasets": {"d": {"synthetic": {"length": 8}}}}, "--report")
    assert nothing.stdout.splitlines()[-1].startswith("Error: There is nothing to report yet.")
