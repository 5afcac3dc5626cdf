"""Models that start from a trained one: what they take, what is refused, and a run of it."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import yaml

import seq2score
from factories.training import CNN, CPU, parts, saved, settings, started
from seq2score import consent
from seq2score.errors import InputError
from seq2score.models import build
from seq2score.models import files as model_files
from seq2score.settings.resolve import ConfigError, resolve
from seq2score.splits import inherited
from seq2score.training.starting import Start, layers_of, rate_multipliers
from seq2score.training.train import train


@pytest.fixture(scope="module")
def parent(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parent")
    return saved(train(parts(folder), settings(**CNN), 3, CPU), folder / "seed3")


@pytest.mark.parametrize("training", [{}, {"target_scaling": "none"}, {"early_stopping": 2}])
def test_no_epochs_give_the_very_same_predictions(training, parent, tmp_path):
    child = started(parent, parts(tmp_path, seed=2), epochs=0, training=training)
    sequences = pq.read_table(parts(tmp_path, seed=5)["train"])["sequence"]
    folder = saved(child, tmp_path / "child")
    assert (
        seq2score.load(folder).predict(sequences) == seq2score.load(parent).predict(sequences)
    ).all()
    (row,) = child.history
    assert (row["epoch"], child.record["best_epoch"]) == (0, 0)
    assert row["train_loss"] > 50  # scores are some ten away from what the parent learned
    assert child.record["start_from"] == {"folder": str(parent), "freeze": "none"}


@pytest.mark.parametrize(
    ("length", "changes", "new"),
    [
        (8, {}, set()),
        (11, {}, {"hidden.0.weight"}),
        (8, {"outputs": ["kind"], "task": "classification"}, {"output.weight", "output.bias"}),
    ],
)
def test_what_fits_is_taken_and_the_rest_is_new(length, changes, new, parent, tmp_path):
    child = started(parent, parts(tmp_path, length), epochs=0, **changes)
    before, after = model_files.load(parent)[0].state_dict(), child.model.state_dict()
    same = {
        name
        for name in after
        if before[name].shape == after[name].shape and torch.equal(before[name], after[name])
    }
    assert set(after) - same == new


def test_a_head_of_other_outputs_is_new_though_it_would_fit(parent):
    start = Start.read(parent)
    assert start.give(build("cnn", CNN["options"], 8, 1), 8, 1, same_outputs=False) == [
        "output.weight",
        "output.bias",
    ]


def test_a_frozen_first_layer_stays_while_others_learn(parent, tmp_path):
    decay = {"optimizer": "adamw", "weight_decay": 0.1}
    child = started(parent, parts(tmp_path, seed=2), freeze="first", training=decay)
    before, after = model_files.load(parent)[0].state_dict(), child.model.state_dict()
    changed = {name for name in after if not torch.equal(before[name], after[name])}
    assert not any(name.startswith("convolution") for name in changed)
    assert {"hidden.0.weight", "output.weight"} <= changed


def test_a_gradient_is_clipped_by_what_is_not_frozen(parent, tmp_path):
    one_step = {"optimizer": "sgd", "learning_rate": 1.0, "weight_decay": 0.0}
    one_step |= {"batch_size": 1000, "gradient_clip": 0.01, "schedule": "constant"}
    files = parts(tmp_path)
    child = started(parent, files, freeze="first", epochs=1, training=one_step)
    before, after = model_files.load(parent)[0].state_dict(), child.model.state_dict()
    moved = torch.cat([(after[name] - before[name]).flatten() for name in after])
    assert moved.norm().item() == pytest.approx(0.01, rel=1e-3)


def sizes(network):
    return [weights.numel() for weights in network.parameters()]


def moved(child, parent):
    """How far each layer's weights have gone, on average; by SGD, whose steps are gradients."""
    before, after = model_files.load(parent)[0].state_dict(), child.model.state_dict()
    return {name: (after[name] - before[name]).abs().mean().item() for name in after}


def test_lower_layers_go_as_many_times_less_far_as_asked(parent, tmp_path):
    """In one step of gradient descent, whatever the gradient, and whatever decays."""
    one_step = {"optimizer": "sgd", "batch_size": 1000, "weight_decay": 0.01}
    files, by_layer = parts(tmp_path, seed=2), [0.04, 0.2, 1.0]
    whole, slow, again = (
        moved(started(parent, files, epochs=1, training=one_step, lower_layers=share), parent)
        for share in (1, 0.04, 0.04)
    )
    for layer, multipliers in zip(("convolution", "hidden.0", "output"), by_layer, strict=True):
        (name,) = (n for n in whole if n.startswith(layer) and n.endswith("weight"))
        assert whole[name] > 0
        assert slow[name] == pytest.approx(multipliers * whole[name], rel=1e-3)
    assert slow == again
    assert (
        moved(started(parent, files, epochs=3, lower_layers=0.01), parent)["convolution.weight"]
        < 0.2 * moved(started(parent, files, epochs=3), parent)["convolution.weight"]
    )


def test_what_is_new_learns_at_the_whole_rate(parent):
    network = build("cnn", CNN["options"], 8, 1)
    multipliers = rate_multipliers(network, ["hidden.0.weight"], "first", 0.04)
    shares = dict(
        zip(dict(network.named_parameters()), multipliers.split(sizes(network)), strict=True)
    )
    message = {name: share.unique().item() for name, share in shares.items()}
    assert message["hidden.0.weight"] == message["output.weight"] == 1
    assert message["hidden.0.bias"] == pytest.approx(0.2)
    assert {share for name, share in message.items() if name.startswith("convolution")} == {0.0}


@pytest.mark.parametrize("family", ["linear", "resnet", "transformer", "bilstm", "legnet"])
def test_every_network_has_a_first_layer(family):
    network = build(family, {}, 20, 1)
    multipliers = rate_multipliers(network, [], "first", 1)
    assert len(multipliers) == sum(weights.numel() for weights in network.parameters())
    assert set(multipliers.tolist()) <= {0.0, 1.0}
    assert (multipliers == 0).any()
    slow = rate_multipliers(network, [], "none", 0.25)
    first, last = layers_of(network)[0], layers_of(network)[-1]
    shares = dict(zip(dict(network.named_parameters()), slow.split(sizes(network)), strict=True))
    assert (shares[first[0]] == 0.25).all()
    if first != last:
        assert (shares[last[0]] == 1).all()


def test_estimators_are_refused_by_name(tmp_path):
    (tmp_path / "mean.py").write_text(
        "class Mean:\n"
        "    def fit(self, X, y):\n        self.mean = y.mean()\n"
        "    def predict(self, X):\n        return self.mean + 0 * X[:, 0]\n"
    )
    mean = {"architecture": f"{tmp_path}/mean.py:Mean", "options": {}}
    folder = saved(train(parts(tmp_path), settings(**mean), 1, CPU), tmp_path / "seed1")
    with pytest.raises(InputError, match="trust_code=True"):
        started(folder, parts(tmp_path), record=mean)
    consent.trust_config({"models": {"mean": mean}})
    with pytest.raises(InputError, match=r"is of \S+:Mean\. Only networks"):
        started(folder, parts(tmp_path), record=mean)


def test_rows_that_the_parent_learned_from_are_told_and_refused(tmp_path):
    rows = {"test": ["AACC", "GGTT", "ACGT"], "train": ["GGTT", "CCCC", "GGTT"], "none": ["TTTT"]}
    for name, sequences in rows.items():
        pq.write_table(pa.table({"sequence": sequences}), tmp_path / name)
    learnt = [tmp_path / "train", tmp_path / "none"]
    counts = inherited.shared(tmp_path / "test", learnt, both_strands=False)
    assert list(counts.values()) == [2, 0]
    with pytest.raises(InputError, match=r"2 rows of \S+train hold .* score; do something else"):
        inherited.refuse(counts, "start_from", "do something else")
    inherited.refuse(inherited.shared(tmp_path / "test", learnt[1:], both_strands=False), "", "")
    pq.write_table(pa.table({"sequence": ["AACC"]}), tmp_path / "test")
    assert list(inherited.shared(tmp_path / "test", learnt, True).values()) == [2, 0]


# ---------------------------------------------------------------------------------------- config
TWO = "datasets: {other: {synthetic: {length: 5}}, mine: {synthetic: {length: 6}, models: [tuned]}}"


def test_a_start_of_the_same_config_and_a_chain_of_them():
    models = """{
        third: {start_from: results/other/tuned},
        tuned: {start_from: results/other/cnn/seed17, freeze: first, training: {epochs: 0}},
        cnn: {architecture: cnn, filters: 7}}"""
    config = yaml.safe_load(f"datasets: {{other: {{synthetic: {{}}}}}}\nmodels: {models}")
    results = resolve({**config, "sweep": {"tuned": {"batch_size": [8, 9]}}})
    assert results.models["third"].family.filters == 7
    assert results.models["tuned"].training.epochs == 0
    starts = {name: model.start for name, model in results.models.items() if model.start}
    assert (starts["tuned"].of_seed("1"), starts["tuned"].freeze) == (
        "<results>/other/cnn/seed17",
        "first",
    )
    assert starts["third"].of_seed("1") == "<results>/other/tuned/seed1"
    assert starts["tuned~batch_size=8"] == starts["tuned"]
    assert len(starts["third"].learnt) == 4
    assert "cnn" not in starts


def test_a_member_of_a_blend_can_be_started_from():
    config = yaml.safe_load(TWO)
    library = {"preset": "library", "filters": 9, "kernel_size": 3}
    tuned = {"start_from": "results/other/library~network"}
    results = resolve({**config, "models": {"tuned": tuned, "library": library}})
    assert results.models["tuned"].architecture == "resnet"
    assert results.models["tuned"].family.filters == 9


def test_a_start_on_disk_needs_each_seed(parent, tmp_path):
    config = {"datasets": {"mine": {"synthetic": {}}}, "seeds": [3]}
    config["models"] = {"tuned": {"start_from": str(parent.parent)}}
    results = resolve(config)
    assert results.models["tuned"].family.filters == 4
    assert results.models["tuned"].start.unchecked == [str(parent.parent)]
    with pytest.raises(ConfigError, match=r"no seed4/model.json. Trained there: seed3"):
        resolve({**config, "seeds": [4]})
    config["models"] = {"tuned": {"start_from": str(parent)}}
    assert resolve({**config, "seeds": [4]}).models["tuned"].start.of_seed("4") == str(parent)


def test_a_class_from_elsewhere_runs_by_consent_alone(tmp_path, monkeypatch):
    """Which the config gives by a key, to this training and to the steps that follow."""
    monkeypatch.setattr(consent, "_trusted", set())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(
        "import pathlib, torch\npathlib.Path('ran').touch()\n"
        "class Net(torch.nn.Module):\n"
        "    def __init__(self, length, outputs):\n        super().__init__()\n"
        "        self.last = torch.nn.Linear(4 * length, outputs)\n"
        "    def forward(self, x):\n        return self.last(x.flatten(1))\n"
    )
    net = {"architecture": "net.py:Net", "options": {}}
    files, folder = parts(tmp_path), tmp_path / "models/net/seed17"
    folder.mkdir(parents=True)
    consent.trust_config({"models": {"net": net}})
    saved(train(files, settings(**net), 1, CPU), folder)
    consent._trusted.clear()
    (tmp_path / "ran").unlink()
    tuned = {"start_from": "models/net"}
    config = {"datasets": {"mine": {"synthetic": {}}}, "models": {"tuned": tuned}}
    with pytest.raises(ConfigError, match=r"class net\.py:Net, .* say `trust_code: true` beside"):
        resolve(config)
    consent.trust_config(config)
    with pytest.raises(InputError, match="trust_code=True, or say `trust_code: true`"):
        started(folder, files, record=net)
    assert not (tmp_path / "ran").exists()
    tuned["trust_code"] = True
    assert resolve(config).models["tuned"].architecture == "net.py:Net"
    consent.trust_config(config)
    assert started(folder, files, record=net)


@pytest.mark.slow
def test_a_run_from_one_dataset_to_another(run_workflow, tmp_path):
    def dataset(models, length, seed):
        rule = {"length": length, "count": 120, "seed": seed}
        return {"synthetic": rule, "models": models}

    config = {
        "datasets": {"other": dataset(["cnn"], 9, 1), "mine": dataset(["tuned"], 9, 2)},
        "models": {
            "cnn": {"architecture": "cnn", "filters": 4},
            "tuned": {"start_from": "results/other/cnn", "training": {"epochs": 0}},
        },
        "training": {"epochs": 2},
    }
    weights = [f"results/{name}/seed17/model.safetensors" for name in ("other/cnn", "mine/tuned")]
    figure = "results/mine/figures/loss_curves.png"
    run = run_workflow(tmp_path, config, weights[1], figure)
    assert run.returncode == 0, run.stdout
    first, second = (Path(tmp_path, path) for path in weights)
    assert first.read_bytes() == second.read_bytes()
    record = json.loads(second.with_name("model.json").read_text())
    assert record["start_from"]["folder"] == "results/other/cnn/seed17"
    # The same sequences, split otherwise: what is tested was learned from.
    config["datasets"]["mine"]["synthetic"]["seed"] = 1
    config["datasets"]["mine"]["split"] = {"seed": 5}
    run = run_workflow(tmp_path, config, weights[1])
    assert run.returncode != 0
    assert "flatter every test score" in run.stdout
    assert second.exists()
