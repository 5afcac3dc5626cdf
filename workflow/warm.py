"""Python steps from a warm start: forked from one process that has imported what they need.

Most of a small step is Python starting and importing torch or matplotlib: a second, where Snakemake
starts each script anew. Here a run starts one process beside itself, on the first step. It imports
what a step's script imports, once, and forks for each step. All else is as ever: the step has a
process of its own, its log, its benchmark and its exit status, and runs the same statements.

Only for steps of ours with one thread, in Snakemake's own Python, on Linux, and as long as nobody
edits the library, of which the process may hold parts as they were. How many threads there
are is settled when numpy is imported; other Pythons (conda, containers) are not ours to fork; and
elsewhere a process that has imported torch may not be forked. There Snakemake does as ever, and so
it does on a cluster's nodes, where the second process would count as memory, and with
`SEQ2SCORE_WARM=0` in the environment.

As a program, this file is the process that forks: `warm.py FD SCRIPTS`, a socket to the run behind
it and where the scripts find their library.
"""

import atexit
import contextlib
import gc
import importlib
import io
import itertools
import json
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable
from pathlib import Path

ONE_THREAD = dict.fromkeys(
    [f"{library}_NUM_THREADS" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")], "1"
)
NO_MODULES = set()  # tried once
# What Snakemake puts before a script, and what pyarrow imports once it is used, if it is there.
PREAMBLE = ["snakemake.logging", "snakemake.iocontainers", "pandas"]


# ------------------------------------------------------------------------------ Snakemake's side
def start_warm(scripts: Path, modules_of: Callable[[str], list[str]]) -> None:
    """From now on, Snakemake starts the Python scripts in this folder warm.

    modules_of: what to import for a script, by its name without a suffix.
    """
    from snakemake.script import PythonScript

    if os.environ.get("SEQ2SCORE_WARM") == "0" or sys.platform != "linux":
        return
    scripts = scripts.resolve()
    usual, server = PythonScript.execute_script, Server(scripts)
    # Now, because steps start in threads, and Python 3.11 may not parse in two of them at once.
    modules = {path.stem: modules_of(path.stem) for path in sorted(scripts.glob("*.py"))}
    library = _times(scripts)

    def execute_script(self, fname, edit=False):
        path = Path(self.path.get_path_or_uri(secret_free=True)).resolve()
        foreign = path.parent != scripts or self.conda_env or self.container_img or self.env_modules
        if foreign or self.threads != 1 or _times(scripts) != library:
            return usual(self, fname, edit)
        environment = {**os.environ, **ONE_THREAD}
        if folder := self.resources.get("tmpdir"):
            environment |= dict.fromkeys(["TMPDIR", "TMP", "TEMPDIR", "TEMP"], folder)
        return server.run(fname, modules[path.stem], environment, self.bench_record)

    PythonScript.execute_script = execute_script


def _times(folder: Path) -> dict[str, int]:
    """When each Python file below the folder was last written."""
    found, waiting = {}, [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    found[entry.path] = entry.stat().st_mtime_ns
                elif entry.name != "__pycache__" and entry.is_dir():
                    waiting.append(entry.path)
    return found


class Server:
    """The process that forks, started when first needed; it ends when this process does.

    library: the folder of the scripts, where they find what they import.
    """

    def __init__(self, library: Path):
        self.library = library
        self.lock, self.numbers = threading.Lock(), itertools.count()
        self.answers: dict[int, queue.Queue] = {}
        self.link = None

    def run(self, script: str, modules: list[str], environment: dict, record=None) -> None:
        """Run a script to its end. record: Snakemake's benchmark record, or None.

        Raises CalledProcessError where it fails.
        """
        import psutil
        from snakemake.benchmark import benchmarked

        number, answers = next(self.numbers), queue.Queue()
        job = {"number": number, "script": str(Path(script).resolve()), "folder": str(Path.cwd())}
        job |= {"modules": [*PREAMBLE, *modules], "environment": environment}
        with self.lock:
            self.answers[number] = answers
            self._connect()
            self.link.sendall(json.dumps(job).encode() + b"\n")
        pid, started = answers.get(), time.time()
        with contextlib.ExitStack() as measured:
            if record is not None and pid is not None:
                try:
                    measured.enter_context(benchmarked(pid, record))
                except psutil.NoSuchProcess:  # it has ended before it could be measured
                    record.running_time = time.time() - started
            status = answers.get()
        del self.answers[number]
        if status != 0:
            raise subprocess.CalledProcessError(status, [sys.executable, script])

    def _connect(self) -> None:
        if self.link is not None:
            return
        self.link, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, __file__, str(theirs.fileno()), str(self.library)]
            environment = {**os.environ, **ONE_THREAD}
            self.process = subprocess.Popen(command, env=environment, pass_fds=[theirs.fileno()])
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        """Give each waiting job its answers: a process id, then an exit status."""
        for line in self.link.makefile("rb"):
            answer = json.loads(line)
            self.answers[answer["number"]].put(answer["is"])
        for waiting in list(self.answers.values()):  # the server is gone: no job can go on
            waiting.put(None)
            waiting.put(1)


# --------------------------------------------------------------------------- the side that forks
def serve(link: socket.socket, library: str) -> None:
    """Fork a process for each job that is asked for, until the other side is gone."""
    for ignored in (signal.SIGINT, signal.SIGTERM):  # a job's business, not ours
        signal.signal(ignored, signal.SIG_IGN)
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    gc.disable()
    numbers, received = {}, b""

    def tell(number: int, value: int) -> None:
        with contextlib.suppress(BrokenPipeError):
            link.sendall(json.dumps({"number": number, "is": value}).encode() + b"\n")

    while True:
        ready, _, _ = select.select([link, ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
            for pid, status in iter(_next_ended, None):
                tell(numbers.pop(pid), os.waitstatus_to_exitcode(status))
        if link in ready:
            if not (more := link.recv(1 << 16)):
                return
            *jobs, received = (received + more).split(b"\n")
            for job in map(json.loads, jobs):
                _import(job["modules"], library)
                if not (pid := os.fork()):
                    signal.set_wakeup_fd(-1)
                    for mine in (ended, wake, link.detach()):
                        os.close(mine)
                    _become(job)
                numbers[pid] = job["number"]
                tell(job["number"], pid)


def _next_ended() -> tuple[int, int] | None:
    with contextlib.suppress(ChildProcessError):
        pid, status = os.waitpid(-1, os.WNOHANG)
        return (pid, status) if pid else None


def _import(modules: list[str], library: str) -> None:
    """What cannot be imported here fails in the script, where it is told.

    library: the folder that Snakemake's scripts add to the end of their path.
    """
    silent, place = io.StringIO(), len(sys.path)
    sys.path.append(library)
    with contextlib.redirect_stderr(silent), contextlib.redirect_stdout(silent):
        for name in modules:
            if name not in sys.modules and name not in NO_MODULES:
                NO_MODULES.add(name)
                with contextlib.suppress(Exception):
                    importlib.import_module(name)
    del sys.path[place]
    gc.collect()
    gc.freeze()  # else each job's first collection copies all that it shares with us


def _become(job: dict) -> None:
    """Run a job's script as Python would, and end."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    gc.enable()
    script, code = job["script"], 1
    try:
        os.chdir(job["folder"])
        os.environ.clear()
        os.environ.update(job["environment"])
        sys.argv, sys.path[0] = [script], str(Path(script).parent)
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        main.__file__ = script
        exec(compile(Path(script).read_bytes(), script, "exec"), main.__dict__)
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__.tb_next)
    finally:
        atexit._run_exitfuncs()
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), library=sys.argv[2])
