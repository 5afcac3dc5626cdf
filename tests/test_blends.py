"""A blend is its members, weighted by the validation set: it stands alone, and is no worse."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import yaml

from seq2score.errors import InputError
from seq2score.evaluation.ranking import score_predictions
from seq2score.inference.blends import in_score_units, join, mean_loss
from seq2score.inference.prediction import Predictor, load
from seq2score.models import build, files, noise
from seq2score.settings.resolve import resolve
from seq2score.training import cost
from seq2score.training.cost import estimates, message, minutes, seconds
from seq2score.training.losses import LOSSES
from seq2score.training.stacking import stack

LENGTH = 7
RECORD = {
    **{"length": "equal", "alphabet": "dna", "input_length": LENGTH, "seed": 1, "parameters": 3},
    **{"outputs": ["score"], "classes": None, "target_scaling": {"mean": [2.0], "sd": [3.0]}},
    **{"score_transform": "none", "reverse_complement": "none", "loss": "mse", "flanks": None},
}


def member(architecture, outputs=1, seed=0, **record):
    torch.manual_seed(seed)
    options = {"filters": 5, "kernel_size": 3} if architecture == "cnn" else {}
    network = build(architecture, options, LENGTH, outputs)
    metadata = {"architecture": architecture, "options": options}
    return Predictor(network, {**RECORD, **metadata, **record})


def codes(rows=30):
    return np.random.default_rng(0).integers(0, 5, (rows, LENGTH), dtype=np.uint8)


# ------------------------------------------------------------------------------------------ weights
def outputs_of(members, rows, seed=0, noise=1.0):
    """Members that say the truth with noise of their own, and the truth."""
    random = np.random.default_rng(seed)
    truth = random.normal(size=(rows, 1))
    return truth + noise * random.normal(size=(members, rows, 1)), truth


def test_equal_members_count_alike_and_noise_is_averaged_out():
    outputs, truth = outputs_of(4, 20_000)
    weights, shift = stack(outputs, truth, np.ones((20_000, 1)), "mse")
    # Least squares: each counts 1 / (members + noise variance).
    np.testing.assert_allclose(weights, 1 / 5, atol=0.01)
    np.testing.assert_allclose(shift, 0, atol=0.02)


def test_weights_are_least_squares_under_no_negative_ones():
    from scipy.optimize import nnls

    random = np.random.default_rng(1)
    outputs, truth = outputs_of(3, 5_000, noise=0.5)
    outputs[2] = -truth + random.normal(size=truth.shape)  # would want a negative weight
    weights, _ = stack(outputs, truth, np.ones(truth.shape), "mse")
    true, _ = nnls(outputs[:, :, 0].T, truth[:, 0])
    assert true[2] == 0
    np.testing.assert_allclose(weights[:, 0], true, atol=0.01)


def test_a_few_rows_say_little():
    outputs, truth = outputs_of(2, 3)
    weights, _ = stack(outputs, truth, np.ones(truth.shape), "mse")
    np.testing.assert_allclose(weights, 1 / 2, atol=0.25)


@pytest.mark.parametrize(("rows", "behind"), [(40, 0.02), (160, 0.005)])
def test_a_small_validation_set_does_not_make_a_blend_worse_than_its_best_member(rows, behind):
    """Over thirty noisy tables, some scores far out. Least squares: 0.3 behind, and 0.07."""
    ahead = []
    for seed in range(30):
        random = np.random.default_rng(seed)
        truth, shared = random.normal(size=(2, rows + 3_000))
        outputs = []
        for quality in (0.5, 0.45, 0.3, 0.02):  # R²
            error = 0.5**0.5 * (shared + random.normal(size=truth.shape))
            outputs.append(quality * truth + (quality * (1 - quality)) ** 0.5 * error)
        outputs = np.array(outputs)[:, :, None]
        seen = truth + 1.2 * random.standard_t(3, size=truth.shape)
        weights, shift = stack(outputs[:, :rows], seen[:rows, None], np.ones((rows, 1)), "mse")
        blend = np.tensordot(weights[:, 0], outputs[:, rows:, 0], axes=1) + shift
        losses = [np.square(of - truth[rows:]).mean() for of in (blend, *outputs[:, rows:, 0])]
        ahead.append(min(losses[1:]) - losses[0])
    assert np.mean(ahead) > -behind
    assert np.median(ahead) > 0


def test_a_member_that_is_all_but_right_counts_alone():
    random = np.random.default_rng(2)
    truth = random.normal(size=(150, 1))
    outputs = np.stack([truth + sd * random.normal(size=truth.shape) for sd in (0.05, 1.0, 1.0)])
    weights, shift = stack(outputs, truth, np.ones(truth.shape), "mse")
    lost = ((np.tensordot(weights[:, 0], outputs, axes=1) + shift - truth) ** 2).mean()
    assert lost <= 1.02 * ((outputs[0] - truth) ** 2).mean()
    assert weights[0, 0] > 0.98


def test_rows_of_no_weight_do_not_count():
    outputs, truth = outputs_of(2, 400)
    junk, nonsense = outputs_of(2, 400, seed=5, noise=9.0)
    weights = np.repeat([[1.0], [0.0]], 400, axis=0)
    both = stack(np.hstack([outputs, junk]), np.vstack([truth, -nonsense]), weights, "mse")
    alone = stack(outputs, truth, weights[:400], "mse")
    for ours, theirs in zip(both, alone, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("loss", sorted(set(LOSSES) - set(noise.LOSSES)))
def test_the_blend_is_no_worse_than_its_best_member(loss):
    random = np.random.default_rng(2)
    rows, width = 2_000, 3 if loss == "cross_entropy" else 1
    truth = random.normal(size=(rows, width))
    outputs = truth + np.array([0.5, 0.7, 3.0])[:, None, None] * random.normal(
        size=(3, rows, width)
    )
    target = {"cross_entropy": truth.argmax(1), "poisson": random.poisson(np.exp(truth)) * 1.0}
    target = target.get(loss, truth)
    weights, shift = stack(outputs, target, np.ones((rows, 1)), loss)
    assert (weights >= 0).all() and weights[2].max() < 0.1

    def mean(output):
        return LOSSES[loss](torch.from_numpy(output), torch.from_numpy(target))[0].mean().item()

    blend = (weights[:, None] * outputs).sum(0) + shift
    assert mean(blend) < min(map(mean, outputs)) + 1e-9


# -------------------------------------------------------------------------------------------- model
def test_it_is_the_weighted_sum_of_its_members_and_stands_alone(tmp_path):
    members = {"straight": member("linear"), "seeing": member("cnn")}
    blend = join(members)
    blend.network.weights.copy_(torch.tensor([[0.25], [0.5]]))
    blend.network.shift.fill_(0.1)
    each = [m.outputs(codes()) for m in members.values()]
    summed = 0.25 * each[0] + 0.5 * each[1] + 0.1
    np.testing.assert_allclose(blend.outputs(codes()), summed, atol=1e-6)
    np.testing.assert_allclose(blend.predict(codes()), summed[:, 0] * 3 + 2, atol=1e-5)
    files.save(blend.network, blend.record, tmp_path / "model.safetensors", tmp_path / "model.json")
    assert np.array_equal(load(tmp_path).predict(codes()), blend.predict(codes()))


def test_its_module_is_differentiable_where_all_that_counts_is():
    trees = member("trees")
    trees.network.arrays = {"value": np.zeros(1)}
    blend = join({"straight": member("linear"), "trees": trees})
    blend.network.weights.copy_(torch.tensor([[1.0], [0.0]]))
    letters = torch.eye(4)[torch.from_numpy(codes()).long() % 4].transpose(1, 2).requires_grad_()
    blend.module(letters).sum().backward()
    assert letters.grad.abs().sum() > 0
    blend.network.weights[1] = 0.5
    with pytest.raises(InputError, match=r"trees.* no gradients.*straight"):
        blend.module  # noqa: B018


def test_filters_are_those_of_its_network():
    seeing = member("cnn")
    blend = join({"straight": member("linear"), "seeing": seeing})
    assert blend.network.scanning is seeing.network
    assert join({"straight": member("linear")}).network.scanning is None


def test_members_that_learned_something_else_are_refused():
    with pytest.raises(InputError, match=r"loss is mse for a and huber for b"):
        join({"a": member("linear"), "b": member("linear", loss="huber")})


def test_the_loss_is_told_in_the_units_of_the_score():
    outputs = np.array([[0.0], [1.0]])
    table = pa.table({"score": [2.0, 8.0]})  # 0 and 2 on the scale that was learned
    assert mean_loss(outputs, table, RECORD, None) == pytest.approx((0 + 9) / 2)
    predicted = in_score_units(outputs, RECORD)
    assert score_predictions(predicted, RECORD, table, "r2") == pytest.approx(1 - 9 / 18)


# ------------------------------------------------------------------------------------------- config
def settings(text):
    table = {"a": {"table": {"path": "a.csv"}}}
    return resolve({"datasets": table, "models": yaml.safe_load(text)})


def described(text):
    members = settings(text).models["mine"].members
    return {name: member.described() for name, member in members.items()}


def test_members_are_models_of_their_own():
    resolved = settings("{library: {preset: library}, linear: {architecture: linear}}")
    members = [f"library~{name}" for name in ("kernel", "trees", "network", "motifs")]
    assert resolved.blends == {"library": members}
    assert resolved.trained == ["linear", *members]
    assert resolved.models["library~network"].training.learning_rate == 0.004
    assert resolved.models["library"].has_filters
    assert resolved.models["library"].families == [
        *("blend", "kernel", "trees", "resnet", "legnet")
    ]


@pytest.mark.parametrize(
    ("budget", "members"),
    [("quick", "kernel trees"), ("thorough", "kernel trees network motifs network2 motifs2")],
)
def test_a_budget_says_which(budget, members):
    resolved = settings(f"{{mine: {{preset: library, budget: {budget}}}}}")
    assert list(resolved.models["mine"].members) == members.split()
    assert resolved.models["mine"].has_filters == (budget != "quick")


def test_keys_of_the_blend_are_its_networks():
    text = "{mine: {preset: library, filters: 8, dropout: 0.5, training: {epochs: 3}}}"
    members = settings(text).models["mine"].members
    network = members["network"]
    assert (network.family.filters, network.family.dropout) == (8, 0.5)
    assert (network.family.blocks, network.training.epochs) == (4, 3)
    assert "filters" not in members["trees"].family.options


def test_a_member_that_cannot_have_the_loss_is_left_out():
    resolved = settings("{mine: {preset: library, training: {loss: poisson}}}")
    assert list(resolved.models["mine"].members) == ["trees", "network", "motifs"]


def test_a_sweep_over_a_blend_has_blends_as_members():
    table = {"a": {"table": {"path": "a.csv"}}}
    models = {"mine": {"preset": "library"}}
    resolved = resolve(
        {"datasets": table, "models": models, "sweep": {"mine": {"filters": [4, 8]}}}
    )
    assert "mine~filters=4~network" in resolved.blends["mine~filters=4"]
    assert resolved.models["mine~filters=4~network"].family.filters == 4
    assert "mine~filters=4" not in resolved.trained


@pytest.mark.slow
def test_from_a_table_to_what_each_member_contributes(run_workflow, tmp_path):
    config = {
        "datasets": {"made": {"synthetic": {"length": 7, "count": 900}}},
        "models": {"mine": {"preset": "library", "filters": 8, "training": {"epochs": 2}}},
        "seeds": [1, 2],
        "export": "onnx",
    }
    run = run_workflow(tmp_path, config)
    assert run.returncode == 0, run.stdout
    folder = tmp_path / "results/made/mine/seed1"
    header, *rows = (line.split("\t") for line in (folder / "members.tsv").read_text().splitlines())
    assert [row[0] for row in rows] == ["kernel", "trees", "network", "motifs", "blend"]
    r2 = {row[0]: float(row[header.index("validation_r2")]) for row in rows}
    assert r2["blend"] > max(value for name, value in r2.items() if name != "blend") - 0.01
    assert (tmp_path / "results/made/mine/cost.tsv").read_text().count("\n") == 5
    assert "on one core (an estimate" in run.stdout
    assert "RuntimeWarning" not in run.stdout  # of the report
    assert (tmp_path / "results/made/mine~network/seed1/model.onnx").exists()
    assert not (folder / "model.onnx").exists()
    assert (folder / "filters/logos.png").exists()


# --------------------------------------------------------------------------------------------- cost
def test_what_members_will_take_is_estimated_and_told(tmp_path):
    files = {}
    for part, rows in (("train", 400), ("validation", 100)):
        files[part] = str(tmp_path / f"{part}.parquet")
        pq.write_table(pa.table({"sequence": ["ACGTACGT"] * rows}), files[part])
    members = described("{mine: {preset: library, filters: 8}}")
    rows = estimates(members, files, {"left": "AC", "right": "G"})
    assert [row["member"] for row in rows] == list(members)
    assert {row["length"] for row in rows} == {11}
    assert all(0 < row["seconds"] < 120 for row in rows)
    line = message([{"member": "network", "seconds": 100.0}], 3)
    assert "about 5 minutes for 3 seeds" in line and "network 1.7" in line


def test_more_rows_and_letters_take_longer(monkeypatch):
    monkeypatch.setattr(cost, "additions_a_second", lambda: 1e9)  # a busy machine is never even
    members = described("{mine: {preset: library, filters: 8}}")
    for name, metadata in members.items():
        less, rows, letters = (
            seconds(metadata, (n, 1), length) for n, length in ((300, 8), (3000, 8), (300, 60))
        )
        assert rows > 2 * less or (name == "trees" and rows > less), name
        assert letters > less, name


@pytest.mark.parametrize("loss", [None, *LOSSES])
def test_any_loss_can_be_estimated(loss):
    model = settings("{mine: {preset: network, filters: 4}}").models["mine"].described()
    training = {**model["training"], "loss": loss}
    assert seconds({**model, "training": training}, (100, 20), 8) > 0


def test_minutes_are_told_as_people_tell_them():
    assert minutes(20) == "under 1 minute"
    assert minutes(200) == "about 4 minutes"
    assert minutes(3 * 3600) == "about 3 hours"
