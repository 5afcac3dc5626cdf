"""The library as a package: what it depends on, and a wheel that predicts in a bare environment."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile

import numpy as np
import pytest
import torch

import seq2score
from conftest import ROOT
from factories.models import ESTIMATORS, LENGTH, learned, record, saved
from fingerprints import SCRIPTS, _imports, _reached_from
from seq2score.models import files

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


def floors():
    """The oldest version that is declared of each dependency, by its name."""
    specs = PROJECT["project"]["dependencies"]
    return dict(re.fullmatch(r"([\w-]+)(?:\[\w+\])?>=([\d.]+)", spec).groups() for spec in specs)


def test_every_file_that_it_reads_is_in_the_wheel():
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["seq2score"]
    packaged = {path for name in patterns for path in (SCRIPTS / "seq2score").glob(name)}
    listed = subprocess.check_output(["git", "ls-files", "scripts/seq2score"], cwd=ROOT, text=True)
    assert {ROOT / name for name in listed.split() if not name.endswith(".py")} == packaged


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy, so that the checkout stays as it is."""
    source = tmp_path_factory.mktemp("wheel") / "source"
    shutil.copytree(SCRIPTS / "seq2score", source / "scripts/seq2score")
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements.txt"):
        shutil.copy2(ROOT / name, source / name)
    out = source.parent / "out"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel"]
    subprocess.run([*pip, "--no-deps", "--wheel-dir", out, source], check=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.mark.slow
@pytest.mark.parametrize("versions", ["pinned", "oldest"])
def test_a_wheel_in_a_bare_environment_predicts_the_same(versions, wheel, tmp_path):
    """The oldest torch only where TORCH_INDEX names builds of it without gigabytes of CUDA."""
    inside = zipfile.ZipFile(wheel).namelist()
    assert wheel.name.startswith(f"seq2score-{seq2score.__version__}-")
    assert "seq2score/figures/parity_page.html" in inside
    assert {name.split("/")[0].split("-")[0] for name in inside} == {"seq2score"}
    constraints, index = ROOT / "requirements.txt", []
    if versions == "oldest":
        if sys.version_info >= (3, 13):
            pytest.skip("the oldest numpy has no build for this Python")
        old = floors()
        if index_url := os.environ.get("TORCH_INDEX"):
            index = ["--extra-index-url", index_url]
        else:
            old["torch"] = torch.__version__.partition("+")[0]
        constraints = tmp_path / "oldest.txt"
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in old.items()))
    folders = [
        saved(tmp_path / "model/seed1"),
        saved(tmp_path / "model/seed2", seed=2, target_scaling={"mean": [7.0], "sd": [3.0]}),
        *(trained(name, tmp_path / name) for name in ESTIMATORS),
    ]
    python = tmp_path / "bare/bin/python"

    def run(*command):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(sys.executable, "-m", "venv", python.parents[1])
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    run(*pip, *index, "--constraint", constraints, wheel)

    sample = np.random.default_rng(0).integers(0, 4, (9, LENGTH))
    sequences = ["".join("ACGT"[letter] for letter in row) for row in sample]
    enzyme = "from seq2score.design.enzymes import site_of; print(site_of('EcoRI'))"
    assert run(python, "-I", "-c", enzyme) == "GAATTC\n"
    code = "import json, sys, seq2score; m = seq2score.load(sys.argv[1]);"
    code += "print(json.dumps(m.predict(json.loads(sys.argv[2])).tolist()))"
    for folder in [*folders, tmp_path / "model"]:
        there = json.loads(run(python, "-I", "-c", code, folder, json.dumps(sequences)))
        here = seq2score.load(folder).predict(sequences)
        if versions == "pinned":
            assert there == here.tolist()
        np.testing.assert_allclose(there, here, rtol=1e-5, atol=1e-5)


def trained(family, folder):
    """A folder with a small fitted estimator."""
    folder.mkdir()
    model = learned(family)
    files.save(model, record(family), folder / "model.safetensors", folder / "model.json")
    return folder
