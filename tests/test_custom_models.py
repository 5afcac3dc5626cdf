"""A class of the user's own as a model: refused at the door, or trained, saved and loaded."""

import json
import pickle
import sys

import numpy as np
import pytest
import torch
import yaml

import fingerprints
import seq2score
from factories.models import RECORD
from seq2score import consent
from seq2score.certainty.assess import load_calibrated
from seq2score.errors import InputError
from seq2score.models import build, custom, files
from seq2score.settings.resolve import ConfigError, resolve
from seq2score.training.batches import Block, Resident, Sets
from seq2score.training.fitting import Fitting
from seq2score.training.starting import Start

LENGTH = 6
MODELS = '''
import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge as Line
from torch import nn


class Net(nn.Module):
    def __init__(self, length, width=3):
        super().__init__()
        self.layer = nn.Linear(4 * length, width)

    def forward(self, x):
        return self.layer(x.flatten(1)).sum(1)


class Mean:
    """Takes no weights, and no seed."""

    def fit(self, X, y):
        self.mean = y.mean()

    def predict(self, X):
        return np.full(len(X), self.mean)


class TwoNumbers(nn.Module):
    def __init__(self, length):
        super().__init__()
        self.layer = nn.Linear(4 * length, 2)

    def forward(self, x):
        return self.layer(x.flatten(1))


class OneForAll(Mean):
    def predict(self, X):
        return np.zeros(1)


class Forest(RandomForestRegressor):
    pass


def neither():
    return 1
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MODELS)
    (tmp_path / "a.csv").write_text("sequence,score\n")
    return tmp_path


def config(architecture, **options):
    models = {"m": {"architecture": architecture, **options}}
    return {"datasets": {"a": {"table": {"path": "a.csv"}}}, "models": models}


def random_rows(rows=40, outputs=1):
    codes = np.random.default_rng(0).integers(0, 4, (rows, LENGTH), dtype=np.uint8)
    targets = (codes == 1).sum(1, keepdims=True) + np.arange(outputs)
    return torch.from_numpy(codes), torch.from_numpy(targets).float()


def fitted(name, loss="mse", codes=None, targets=None, weights=None, **options):
    if codes is None:
        codes, targets = random_rows()
    model = build(f"mine.py:{name}", options, LENGTH, targets.shape[-1] if targets.ndim == 2 else 3)
    examples = Resident(Block(codes, targets, weights))
    history = Fitting(model, Sets(examples, examples), {"loss": loss}, seed=1).run()
    return model, history


@pytest.mark.parametrize(
    ("architecture", "words"),
    [
        ("other.py:Net", ["models.m.architecture", "other.py does not exist", "Paths start from"]),
        ("mine.py:Nett", ["models.m.architecture", "mine.py holds no Nett", "Net, Mean"]),
        ("broken.py:Net", ["models.m.architecture", "broken.py is no Python", "line 1"]),
        ("mine.py", ["models.m.architecture", "mine.py is not allowed", "FILE.py:CLASS"]),
    ],
)
def test_refused_at_the_door(architecture, words, folder):
    (folder / "broken.py").write_text("class Net(")
    with pytest.raises(ConfigError) as refused:
        resolve(config(architecture), need_files=True)
    for word in words:
        assert word in str(refused.value)


@pytest.mark.parametrize("name", ["Net", "Mean", "Line"])
def test_accepted_with_any_option(name, folder):
    model = resolve(config(f"mine.py:{name}", width=4), need_files=True).models["m"]
    assert model.family.options == {"width": 4}
    assert not model.has_filters


@pytest.mark.parametrize("name", ["TwoNumbers", "OneForAll"])
def test_another_number_of_outputs_is_refused(name, folder):
    """They would be compared with every score, or with those of other sequences."""
    with pytest.raises(InputError, match=rf"mine.py:{name}: gives numbers of shape .* Allowed: "):
        if name == "TwoNumbers":
            build("mine.py:TwoNumbers", {}, LENGTH, 1)(torch.zeros(5, 4, LENGTH))
        else:
            fitted(name)


def test_only_its_own_file_changes_what_a_model_depends_on(folder):
    def code_of(architecture):
        fingerprints.code_of.cache_clear()
        return fingerprints.code_of_model("train", [architecture])

    names = ["mine.py:Net", "other.py:Net", "cnn"]
    (folder / "other.py").write_text(MODELS)
    before = [code_of(name) for name in names]
    (folder / "mine.py").write_text(MODELS + "\nNEW = 1\n")
    assert [code_of(name) == old for name, old in zip(names, before, strict=True)] == [0, 1, 1]


def test_a_network_is_built_with_what_it_names(folder):
    network = build("mine.py:Net", {"width": 5}, LENGTH, 1)
    assert network(torch.zeros(2, 4, LENGTH)).shape == (2, 1)
    assert [tuple(p.shape) for p in network.parameters()] == [(5, 4 * LENGTH), (5,)]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("Net", {"depth": 2}, "cannot be made with {'depth': 2}"),
        ("neither", {}, "neither a torch.nn.Module nor an estimator"),
    ],
)
def test_what_cannot_be_built(name, options, words, folder):
    with pytest.raises(InputError, match=words):
        build(f"mine.py:{name}", options, LENGTH, 1)


def test_an_estimator_fits_what_it_is_given(folder):
    codes, targets = random_rows(outputs=2)
    targets[::3, 1] = 0
    weights = torch.ones_like(targets)
    weights[::3, 1] = 0  # a missing score
    model, (row,) = fitted("Line", "mse", codes, targets, weights, alpha=1e-6)
    assert row["train_loss"] < 1e-6
    x = torch.nn.functional.one_hot(codes.long(), 4).transpose(1, 2).float()
    np.testing.assert_allclose(model(x), (codes == 1).sum(1)[:, None] + torch.arange(2), atol=1e-3)


def test_an_estimator_of_classes_gives_logarithms_of_its_probabilities(folder):
    codes, targets = random_rows()
    model, _ = fitted("LogisticRegression", "cross_entropy", codes, (targets[:, 0] % 3).long())
    letters = model._seen(codes.numpy(), None)
    shares = np.exp(model.outputs_of(codes.numpy()))
    np.testing.assert_allclose(shares, model.copies[0].predict_proba(letters))
    with pytest.raises(InputError, match="needs its `predict_proba`"):
        fitted("Mean", "cross_entropy", codes, (targets[:, 0] % 3).long())


def test_weights_are_passed_on_or_refused(folder):
    codes, targets = random_rows()
    weights = torch.linspace(0.1, 1, len(codes))[:, None]
    heavy, _ = fitted("Line", "mse", codes, targets, weights)
    assert not np.array_equal(
        heavy.outputs_of(codes.numpy()), fitted("Line")[0].outputs_of(codes.numpy())
    )
    with pytest.raises(InputError, match="takes no sample_weight"):
        fitted("Mean", "mse", codes, targets, weights)


def save(name, **changes):
    """A model of the class, saved in the working folder; changes: to its record."""
    architecture = f"mine.py:{name}"
    model = build(architecture, {}, LENGTH, 1) if name == "Net" else fitted(name)[0]
    record = RECORD | {"architecture": architecture, "options": {}, "input_length": LENGTH}
    record |= {"class_file": custom.digest_of(architecture)} | changes
    files.save(model, record, "model.safetensors", "model.json")
    return model, record


@pytest.mark.parametrize("name", ["Net", "Line", "Mean", "Forest"])
def test_saved_and_loaded_only_with_the_file_as_it_was(name, folder):
    model, record = save(name)
    assert json.loads((folder / "model.json").read_text()) == record
    x = torch.eye(4)[random_rows()[0].long()].transpose(1, 2)
    assert torch.equal(files.load(folder, trust_code=True)[0](x), model(x))
    (folder / "mine.py").write_text(MODELS + "\n")
    with pytest.raises(InputError, match="has changed since the model was trained"):
        files.load(folder, trust_code=True)
    (folder / "mine.py").unlink()
    with pytest.raises(InputError, match=r"mine\.py is not in"):
        files.load(folder, trust_code=True)


@pytest.mark.parametrize("name", ["Net", "Line", "Forest"])
def test_no_code_is_run_that_the_caller_does_not_trust(name, folder, monkeypatch):
    save(name)
    sys.modules.pop(f"seq2score_own_{custom.digest_of('mine.py:' + name)[:16]}")
    marked = f"import pathlib; pathlib.Path({str(folder / 'ran')!r}).write_text('')\n"
    (folder / "mine.py").write_text(marked + MODELS)
    monkeypatch.setattr(pickle, "loads", lambda _: pytest.fail("unpickled"))
    for load in (files.load, seq2score.load, load_calibrated, Start.read):
        with pytest.raises(InputError, match=r"class mine\.py:\w+, .* trust_code=True"):
            load(folder)
    with pytest.raises(InputError, match="has changed"):  # the digest is needed, and holds
        files.load(folder, trust_code=True)
    record = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(record | {"class_file": None}))
    with pytest.raises(InputError, match="has changed"):
        files.load(folder, trust_code=True)
    assert not (folder / "ran").exists()


def test_a_step_trusts_the_classes_that_its_config_names(folder, monkeypatch):
    monkeypatch.setattr(consent, "_trusted", set())
    save("Net")
    consent.trust_config({"models": {"a": {"architecture": "mine.py:Line"}, "b": {"preset": "x"}}})
    with pytest.raises(InputError, match="trust_code=True"):
        files.load(folder)
    consent.trust_config({"models": {"a": {"architecture": "mine.py:Net"}}})
    assert isinstance(files.load(folder)[0], custom.CustomNetwork)


def test_a_pickle_in_a_model_of_ours_is_no_part_of_it(folder, monkeypatch):
    """Nor is a custom class among the members of a blend."""
    monkeypatch.setattr(pickle, "loads", lambda _: pytest.fail("unpickled"))
    save("Forest", architecture="linear")
    with pytest.raises(InputError, match=r"not the weights of model\.json"):
        files.load(folder)
    members = [{"name": "a", "architecture": "mine.py:Forest", "options": {}}]
    save("Forest", architecture="blend", options={"members": members})
    with pytest.raises(InputError, match="a blend of custom classes"):
        files.load(folder, trust_code=True)


def test_what_is_numbers_and_words_is_kept_without_pickle(folder):
    assert {"pickle"} == {*fitted("Forest")[0].state_dict()}
    assert {"values", "0/coef_", "0/intercept_"} == {*fitted("Line")[0].state_dict()}
    assert {"values", "0/mean"} == {*fitted("Mean")[0].state_dict()}


@pytest.mark.slow
def test_beside_the_built_in_ones(folder, run_workflow):
    models = yaml.safe_load(
        "{linear: {architecture: linear}, net: {architecture: 'mine.py:Net'},"
        " line: {architecture: 'mine.py:Line', alpha: 0.1}}"
    )
    made = {"made": {"synthetic": {"length": LENGTH}, "models": [*models]}}
    run = run_workflow(folder, {"datasets": made, "models": models, "training": {"epochs": 2}})
    assert run.returncode == 0, run.stdout
    rows = (folder / "results/made/summary.tsv").read_text().splitlines()
    assert {"net", "line"} <= {row.split("\t")[1] for row in rows}
