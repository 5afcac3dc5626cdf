"""The library as a package: what it depends on, and a wheel that predicts in a bare environment."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile

import numpy as np
import pytest

import seq2score
from conftest import ROOT
from fingerprints import SCRIPTS, _imports, _reached_from
from test_loading import saved
from test_models import LENGTH

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
IMPORTED_AS = {"scikit-learn": "sklearn"}


def test_it_depends_on_what_loading_imports_and_nothing_else():
    library = SCRIPTS / "seq2score"
    loaded = [library / "__init__.py", library / "inference/prediction.py"]
    files = _reached_from([*loaded, *sorted((library / "models").glob("*.py"))])
    imported = {name.split(".")[0] for path in files for name in _imports(path)}
    listed = [re.match(r"[\w-]+", spec)[0] for spec in PROJECT["project"]["dependencies"]]
    expected = imported - sys.stdlib_module_names - {"seq2score"}
    assert {IMPORTED_AS.get(name, name) for name in listed} == expected


def test_its_oldest_versions_are_those_that_are_tested():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line)
    for spec in PROJECT["project"]["dependencies"]:
        name, version = re.fullmatch(r"([\w-]+)(?:\[\w+\])?>=([\d.]+)", spec).groups()
        assert f"{pinned[name]}.".startswith(f"{version}."), name


@pytest.mark.slow
def test_a_wheel_in_a_bare_environment_predicts_the_same(tmp_path):
    source, bare = tmp_path / "source", tmp_path / "bare"
    shutil.copytree(SCRIPTS / "seq2score", source / "scripts/seq2score")
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements.txt"):
        shutil.copy2(ROOT / name, source / name)
    folders = [
        saved(tmp_path / "model/seed1"),
        saved(tmp_path / "model/seed2", seed=2, target_scaling={"mean": [7.0], "sd": [3.0]}),
    ]
    python, out = bare / "bin/python", tmp_path / "out"
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]

    def run(*command):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(sys.executable, "-m", "venv", bare)
    run(*pip, "wheel", "--no-deps", "--wheel-dir", out, source)
    (wheel,) = out.glob("*.whl")
    inside = zipfile.ZipFile(wheel).namelist()
    assert wheel.name.startswith(f"seq2score-{seq2score.__version__}-")
    assert "seq2score/figures/parity_page.html" in inside
    assert {name.split("/")[0].split("-")[0] for name in inside} == {"seq2score"}
    run(*pip, "install", "--constraint", ROOT / "requirements.txt", wheel)

    drawn = np.random.default_rng(0).integers(0, 4, (9, LENGTH))
    sequences = ["".join("ACGT"[letter] for letter in row) for row in drawn]
    code = "import json, sys, seq2score; m = seq2score.load(sys.argv[1]);"
    code += "print(json.dumps(m.predict(json.loads(sys.argv[2])).tolist()))"
    for folder in [*folders, tmp_path / "model"]:
        there = run(python, "-I", "-c", code, folder, json.dumps(sequences))
        assert json.loads(there) == seq2score.load(folder).predict(sequences).tolist()
