"""Tables and results in object storage, on a real S3 server; pods as they would be."""

import http.server
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from typing import ClassVar

import pytest
import yaml

from conftest import ROOT

pytestmark = pytest.mark.slow

# Beside the project's packages, not among them: every start of Snakemake imports its plugins.
PACKAGES = [
    "moto[server]==5.2.1",
    "snakemake-storage-plugin-s3==0.3.6",
    "snakemake-executor-plugin-kubernetes==0.5.1",
]
CONFIG = {
    "datasets": {"lib": {"table": {"path": "s3://lab/data/t.csv"}, "models": ["linear"]}},
    "models": {"linear": {"architecture": "linear"}},
    "training": {"epochs": 2},
}
MODEL = "results/lib/linear/seed17/model.safetensors"


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """A Python with the plugins and with all that the project needs."""
    folder = tmp_path_factory.mktemp("plugins")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    library = next(folder.glob("lib/python*/site-packages"))
    (library / "project.pth").write_text(sysconfig.get_path("purelib"))
    pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", *PACKAGES]
    if (done := subprocess.run(pip, capture_output=True, text=True)).returncode:
        pytest.skip(f"the plugins cannot be installed: {done.stderr[-300:]}")
    return folder / "bin/python"


@pytest.fixture(scope="module")
def bucket(python):
    """An S3 server with a table in the bucket `lab`, as environment variables that lead to it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [python.with_name("moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for _ in range(600):
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    draw = random.Random(1)
    fasta, motif = ">a\nACGTACGT\n", "MOTIF a\nletter-probability matrix: w= 1\n1 0 0 0\n"
    rows = [f"{''.join(draw.choices('ACGT', k=8))},{draw.gauss(0, 1):.4f}" for _ in range(200)]
    table = "\n".join(["sequence,score", *dict.fromkeys(rows)]) + "\n"
    put = (
        "import boto3, sys; s3 = boto3.client('s3'); s3.create_bucket(Bucket='lab');"
        "s3.put_object(Bucket='lab', Key='data/t.csv', Body=sys.stdin.buffer.read());"
        "s3.put_object(Bucket='lab', Key='data/s.fa', Body=sys.argv[1]);"
        "s3.put_object(Bucket='lab', Key='data/m.meme', Body=sys.argv[2])"
    )
    put = [python, "-c", put, fasta, motif]
    subprocess.run(put, input=table.encode(), env=environment, check=True)
    yield environment
    server.kill()
    server.wait()


@pytest.fixture
def snakemake(python, bucket, tmp_path):
    """Starts the workflow on a config, results in the bucket `lab` below `prefix`."""
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG))

    def start(*arguments, environment=bucket, prefix="run"):
        in_bucket = ["--default-storage-provider", "s3"]
        in_bucket += ["--default-storage-prefix", f"s3://lab/{prefix}"]
        return subprocess.Popen(
            [
                *(python, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"),
                *("--directory", tmp_path, "--configfile", tmp_path / "config.yaml"),
                *("--cores", "2", *(in_bucket if prefix else []), *arguments),
            ],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    return start


def test_every_file_of_a_question_may_lie_in_a_bucket(snakemake, tmp_path):
    file = "s3://lab/data/s.fa"
    questions = {
        "interpretation": {"motifs": "s3://lab/data/m.meme", "mutate": [file]},
        "attributions": {"sequences": file},
        "design": {"d": {"start": file}},
        "predict": {"p": {"path": file}},
        "models": {"cnn": {"architecture": "cnn", "filters": 2}},
    }
    datasets = {"lib": {"table": {"path": "s3://lab/data/t.csv"}, "models": ["cnn"]}}
    config = CONFIG | questions | {"datasets": datasets}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    message, _ = (run := snakemake("-n", prefix=None)).communicate()
    assert run.returncode == 0, message
    for step in ("match_motifs", "attribute_sequences", "design_sequences", "predict_new"):
        assert step in message


def content(python, environment, key):
    """A file of the bucket, or None."""
    get = (
        "import boto3, sys; s3 = boto3.client('s3')\n"
        "try: found = s3.get_object(Bucket='lab', Key=sys.argv[1])\n"
        "except s3.exceptions.NoSuchKey: sys.exit(9)\n"
        "sys.stdout.buffer.write(found['Body'].read())"
    )
    done = subprocess.run([python, "-c", get, key], env=environment, capture_output=True)
    return None if done.returncode == 9 else done.stdout


def test_results_in_a_bucket_survive_a_kill_and_are_those_of_a_local_run(
    python, bucket, snakemake, tmp_path
):
    run = snakemake()
    for line in run.stdout:  # killed amid the run, when its model is made
        if "] train lib linear" in line:
            os.killpg(run.pid, signal.SIGKILL)
            break
    run.wait()
    assert content(python, bucket, "run/results/lib/summary.tsv") is None
    assert not snakemake("--unlock").wait()
    message, _ = (again := snakemake()).communicate()
    assert again.returncode == 0, message
    assert "] train lib linear" not in message, "what was made before the kill is not made again"
    assert b"\tlinear\t17\t" in content(python, bucket, "run/results/lib/summary.tsv")
    message, _ = snakemake("-n").communicate()
    assert "Nothing to be done" in message
    in_bucket = content(python, bucket, f"run/{MODEL}")

    shutil.rmtree(tmp_path / ".snakemake")
    message, _ = (local := snakemake(MODEL, prefix=None)).communicate()
    assert local.returncode == 0, message
    assert (tmp_path / MODEL).read_bytes() == in_bucket


@pytest.mark.parametrize(
    "change, words",
    [
        (
            {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
            "Unable to locate credentials",
        ),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "Could not connect"),
    ],
    ids=["credentials", "server"],
)
def test_a_bucket_that_cannot_be_reached_is_told_before_any_step(bucket, snakemake, change, words):
    environment = {key: value for key, value in (bucket | change).items() if value is not None}
    message, _ = (run := snakemake(environment=environment)).communicate()
    assert run.returncode != 0
    assert words in message and "[ 1/" not in message and "Traceback" not in message


class Cluster(http.server.BaseHTTPRequestHandler):
    """As much of Kubernetes as takes one job and says that it has failed."""

    jobs: ClassVar[list[dict]] = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/jobs"):
            self.jobs.append(json.loads(body))
        self.answer(body)

    def do_GET(self):
        pods = self.path.split("?")[0].endswith("/pods")
        self.answer(json.dumps({"items": []} if pods else {"status": {"failed": 1}}).encode())

    do_DELETE = do_GET

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_a_pod_asks_for_what_its_steps_need(bucket, snakemake, tmp_path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cluster)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        yaml.safe_dump(
            {
                "current-context": "test",
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
                "clusters": [{"name": "test", "cluster": {"server": address}}],
                "users": [{"name": "test", "user": {"token": "test"}}],
            }
        )
    )
    run = snakemake(
        *("--workflow-profile", str(ROOT / "profiles/kubernetes"), "--retries", "0"),
        environment=bucket | {"KUBECONFIG": str(kubeconfig)},
        prefix="pods",
    )
    result, _ = run.communicate(timeout=300)
    server.shutdown()
    assert run.returncode, "a job that fails"
    assert Cluster.jobs, result
    (container,) = Cluster.jobs[0]["spec"]["template"]["spec"]["containers"]
    assert container["resources"]["requests"]["memory"] == "4000M"
    (command,) = container["args"][1:]
    for step in ("check_table", "import_table", "split_sequences"):
        assert step in command
    assert "--default-storage-prefix 's3://lab/pods'" in command
