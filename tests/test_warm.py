"""Steps forked from a process that has imported what they need: as if each were started anew."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import fingerprints
import warm
from conftest import ROOT
from test_reruns import CONFIG, results

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="steps start warm on Linux only")


@pytest.fixture(scope="module")
def server():
    return warm.Server(fingerprints.SCRIPTS)


@pytest.fixture
def run(server, tmp_path, monkeypatch):
    """Run a script of this text; returns what it wrote to its file `out`, read as JSON."""
    monkeypatch.chdir(tmp_path)

    def run(text, modules=(), **environment):
        script = tmp_path / "script.py"
        script.write_text("import json, os, sys\n" + text)
        server.run(str(script), list(modules), {**os.environ, **environment})
        out = tmp_path / "out"
        return json.loads(out.read_text()) if out.exists() else None

    return run


WRITE = "json.dump({}, open('out', 'w'))"


def test_a_script_sees_what_python_would_show_it(run, tmp_path):
    told = "[__name__, __file__, sys.argv, os.getcwd(), sys.path[0], os.environ['NEW']]"
    script = str(tmp_path / "script.py")
    seen = run(WRITE.format(told), NEW="value")
    assert seen == ["__main__", script, [script], str(tmp_path), str(tmp_path), "value"]
    assert run(WRITE.format("'NEW' in os.environ")) is False, "of another job"


def test_what_a_job_does_stays_there(run):
    run("import builtins; builtins.mine = 1; sys.modules['late'] = sys")
    assert (
        run(WRITE.format("[hasattr(__builtins__, 'mine'), 'late' in sys.modules]")) == [False] * 2
    )


def test_imports_are_there_and_missing_ones_fail_in_the_script(run):
    text = WRITE.format("['wave' in sys.modules, 'no_such' in sys.modules]")
    assert run(text, ["wave", "no_such"]) == [True, False]
    with pytest.raises(subprocess.CalledProcessError):
        run("import no_such", ["no_such"])


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("sys.exit()", 0),
        ("sys.exit(3)", 3),
        ("sys.exit('a message')", 1),
        ("raise ValueError", 1),
        ("os._exit(4)", 4),
        ("os.kill(os.getpid(), 9)", -signal.SIGKILL),
        ("os.kill(os.getpid(), 15)", -signal.SIGTERM),
        ("os.kill(os.getpid(), 2)", 1),
    ],
)
def test_the_exit_status_is_the_scripts(run, text, status):
    if not status:
        run(text)
        return
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run(text)
    assert failed.value.returncode == status


def test_the_traceback_is_the_scripts_and_what_is_open_is_closed(run, tmp_path):
    hook = "sys.excepthook = lambda *told: traceback.print_exception(*told, file=open('told', 'w'))"
    with pytest.raises(subprocess.CalledProcessError):
        run(f"import traceback\n{hook}\nraise ValueError('why')")
    lines = (tmp_path / "told").read_text().splitlines()
    assert lines[1] == f'  File "{tmp_path / "script.py"}", line 4, in <module>'
    assert lines[-1] == "ValueError: why"
    run("import atexit; atexit.register(lambda: json.dump('done', open('out', 'w')))")
    assert json.loads((tmp_path / "out").read_text()) == "done"


def test_jobs_run_side_by_side(server, tmp_path):
    """Each waits for the other's file."""
    for name, other in (("a", "b"), ("b", "a")):
        wait = f"open('{name}', 'w')\nwhile not os.path.exists('{other}'): time.sleep(0.01)\n"
        text = f"import os, time\nos.chdir({str(tmp_path)!r})\n{wait}"
        (tmp_path / f"{name}.py").write_text(text)
    jobs = [
        threading.Thread(target=server.run, args=(str(tmp_path / f"{name}.py"), [], {}))
        for name in "ab"
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(60)
        assert not job.is_alive()


def test_jobs_fail_where_the_server_has_died(tmp_path):
    mine = warm.Server(tmp_path)
    script = tmp_path / "script.py"
    script.write_text("import os; os.kill(os.getppid(), 9); import time; time.sleep(0.1)")
    with pytest.raises(subprocess.CalledProcessError):
        mine.run(str(script), [], dict(os.environ))
    assert mine.process.wait() == -signal.SIGKILL


def test_the_server_ends_with_the_run():
    text = "import os, warm; s = warm.Server(warm.Path()); s.run('/dev/null', [], {});"
    text += "print(s.process.pid)"
    run = [sys.executable, "-c", text]
    found = subprocess.check_output(run, cwd=ROOT / "workflow", text=True)
    for _ in range(1000):
        try:
            os.kill(int(found), 0)
        except ProcessLookupError:
            return
        threading.Event().wait(0.02)
    pytest.fail("it goes on")


def test_a_job_that_ends_before_it_is_measured_is_no_failure(server, tmp_path, monkeypatch):
    import psutil
    from snakemake import benchmark

    def late(pid, record):
        while psutil.pid_exists(pid):
            time.sleep(0.01)
        return measure(pid, record)

    measure, record = benchmark.benchmarked, benchmark.BenchmarkRecord()
    monkeypatch.setattr(benchmark, "benchmarked", late)
    (tmp_path / "script.py").write_text("")
    server.run(str(tmp_path / "script.py"), [], dict(os.environ), record)
    assert record.running_time > 0
    assert not record.data_collected


def test_modules_of_a_script():
    modules = fingerprints.modules_of("train")
    assert {"torch", "numpy", "pyarrow.parquet", "seq2score.training.loop"} <= set(modules)
    assert not {"json", "matplotlib", "snakemake"} & {m.split(".")[0] for m in modules}


def test_the_library_is_there_for_a_script(run):
    text = "sys.path.append({scripts!r})\nbefore = set(sys.modules)\nimport seq2score.tsv\n"
    text = text.format(scripts=str(fingerprints.SCRIPTS))
    told = "['seq2score.tsv' in before, sys.path[-2:].count(sys.path[-1])]"
    assert run(text + WRITE.format(told), ["seq2score.tsv"]) == [True, 1]


def test_an_edit_of_the_library_is_seen(tmp_path):
    for path in ("a.py", "library/b.py", "library/c.txt"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    before = warm._times(tmp_path)
    assert set(before) == {str(tmp_path / "a.py"), str(tmp_path / "library/b.py")}
    os.utime(tmp_path / "library/b.py", ns=(0, 1))
    assert warm._times(tmp_path) != before


@pytest.mark.slow
def test_the_same_bytes_as_started_anew(run_workflow, tmp_path, monkeypatch):
    config = {**CONFIG, "datasets": {"made": CONFIG["datasets"]["made"]}}
    made = {}
    for setting in ("1", "0"):
        monkeypatch.setenv("SEQ2SCORE_WARM", setting)
        folder = tmp_path / setting
        folder.mkdir()
        assert run_workflow(folder, config).returncode == 0
        made[setting] = results(folder)
    assert made["1"] == made["0"]
