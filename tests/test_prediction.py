"""From a model's folder to predictions in the score's own units, and what is measured of them."""

import json

import numpy as np
import pyarrow as pa
import pytest
import torch
from sklearn import metrics as sklearn_metrics

import seq2score
from factories.models import RECORD
from seq2score.errors import InputError
from seq2score.evaluation import advice, ceiling, intervals, spot_check, summary
from seq2score.evaluation.evaluate import as_json, evaluate, smeared, smearing
from seq2score.evaluation.resampling import every_row
from seq2score.inference import predictions
from seq2score.models import build, files
from seq2score.models.network import one_hot
from seq2score.sequences.encoding import encode, reverse_complement

SEQUENCES = ["ACGT", "TTTT", "GGCA"]


@pytest.fixture
def model(tmp_path):
    """Save a random linear model with these changes to its record; gives folder and network."""

    def save(**changes):
        record = RECORD | changes
        outputs = len(record["classes"] or record["outputs"])
        torch.manual_seed(1)
        network = build("linear", {}, record["input_length"], outputs)
        files.save(network, record, tmp_path / "model.safetensors", tmp_path / "model.json")
        return tmp_path, network

    return save


def raw(network, sequences):
    with torch.inference_mode():
        return network(one_hot(torch.from_numpy(encode(sequences)))).double().numpy()


def test_a_model_is_loaded_from_python_and_takes_text_or_codes(model):
    folder, network = model()
    predictor = seq2score.load(folder)
    expected = raw(network, SEQUENCES)[:, 0]
    for sequences in [SEQUENCES, np.array(SEQUENCES), encode(SEQUENCES), ["acgt", "tttt", "ggca"]]:
        results = predictor.predict(sequences)
        assert results.shape == (3,)
        assert results.dtype == np.float64
        assert results == pytest.approx(expected)
    assert predictor.predict([]).shape == (0,)


@pytest.mark.parametrize(
    ("changes", "back"),
    [
        ({"target_scaling": {"mean": [7.0], "sd": [3.0]}}, lambda y: 3 * y + 7),
        ({"score_transform": "log2"}, lambda y: 2**y),
        ({"score_transform": "log1p"}, np.expm1),
        ({"loss": "poisson"}, np.exp),
        (
            {"score_transform": "log2", "target_scaling": {"mean": [7.0], "sd": [3.0]}},
            lambda y: 2 ** (3 * y + 7),
        ),
    ],
)
def test_what_training_did_to_the_scores_is_undone(model, changes, back):
    folder, network = model(**changes)
    expected = back(raw(network, SEQUENCES)[:, 0])
    assert seq2score.load(folder).predict(SEQUENCES) == pytest.approx(expected)


def test_several_scores_and_classes_have_a_column_each(model):
    folder, network = model(outputs=["a", "b"])
    assert seq2score.load(folder).predict(SEQUENCES) == pytest.approx(raw(network, SEQUENCES))
    folder, network = model(classes=["no", "yes", "maybe"])
    logits = raw(network, SEQUENCES)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert seq2score.load(folder).predict(SEQUENCES) == pytest.approx(expected)


class OnMps(torch.Tensor):
    """What a network gives on a device that knows no float64."""

    @classmethod
    def __torch_function__(cls, function, types, arguments=(), named=None):
        if function is torch.Tensor.double:
            raise TypeError("Cannot convert a MPS Tensor to float64 dtype")
        if function is torch.Tensor.cpu:
            return arguments[0].as_subclass(torch.Tensor)
        return super().__torch_function__(function, types, arguments, named or {})


@pytest.mark.parametrize("classes", [None, ["no", "yes"]])
def test_a_device_without_float64_predicts_the_same(model, classes):
    folder, _ = model(classes=classes)
    here, there = seq2score.load(folder), seq2score.load(folder)
    compute = there.network.forward
    there.network.forward = lambda x: compute(x).as_subclass(OnMps)
    assert (there.predict(SEQUENCES) == here.predict(SEQUENCES)).all()


def test_both_strands_are_averaged_where_the_model_says_so(model):
    folder, _ = model(reverse_complement="average")
    predictor = seq2score.load(folder)
    codes = encode(SEQUENCES)
    assert predictor.predict(codes) == pytest.approx(predictor.predict(reverse_complement(codes)))


def test_lengths_follow_the_rule_of_the_training_table(model):
    folder, network = model(length={"pad": "left"})
    assert seq2score.load(folder).predict(["GT"]) == pytest.approx(raw(network, ["NNGT"])[:, 0])
    folder, network = model(length={"crop": 4})
    assert seq2score.load(folder).predict(["ACGTT"]) == pytest.approx(raw(network, ["ACGT"])[:, 0])


@pytest.mark.parametrize(
    ("changes", "sequences", "message"),
    [
        ({}, ["ACGT", "ACG"], "sequence 2 has 3 letters; the model takes 4"),
        ({"length": {"pad": "right"}}, ["ACGTA"], "has 5 letters"),
        ({"length": {"crop": 4}}, ["ACG"], "has 3 letters"),
        ({"length": {"pad": "right"}}, [""], "has 0 letters"),
        ({}, ["ACGU"], "another letter than A, C, G, T, N"),
        ({"alphabet": "rna"}, ["ACGU", "AC-U"], "sequence 2 holds another letter"),
    ],
)
def test_a_sequence_that_the_model_cannot_take_is_refused(model, changes, sequences, message):
    with pytest.raises(InputError, match=message):
        seq2score.load(model(**changes)[0]).predict(sequences)


def table_of(truth, predicted, outputs=("score",), classes=None, **further):
    scores = dict(zip(outputs, np.atleast_2d(truth), strict=True))
    return pa.table(scores | predictions.columns(predicted, outputs, classes) | further)


def test_metrics_of_several_scores_leave_missing_ones_out():
    random = np.random.default_rng(1)
    truth, noise = random.normal(size=(2, 200)), random.normal(size=(2, 200))
    truth[1, :40] = np.nan
    results = evaluate(table_of(truth, (truth + noise).T, ["a", "b"]))
    assert results["outputs"]["b"]["n"] == 160
    predicted, rows = truth + noise, [slice(None), slice(40, None)]
    each = [sklearn_metrics.r2_score(truth[i, r], predicted[i, r]) for i, r in enumerate(rows)]
    assert [results["outputs"][o]["r2"] for o in "ab"] == pytest.approx(each)
    assert results["r2"] == pytest.approx(np.mean(each))


def test_weighted_metrics_stand_beside_the_plain_ones():
    random = np.random.default_rng(1)
    truth, weight = random.normal(size=100), random.uniform(size=100)
    predicted = truth + random.normal(size=100)
    results = evaluate(table_of(truth, predicted, reads=weight), "reads", every_row(100))
    assert (results["intervals_over"], results["intervals_units"]) == ("rows", 100)
    assert results["r2"] == pytest.approx(sklearn_metrics.r2_score(truth, predicted))
    expected = sklearn_metrics.r2_score(truth, predicted, sample_weight=weight)
    assert results["weighted_r2"] == pytest.approx(expected)
    assert results["weighted_r2_ci"][0] < expected < results["weighted_r2_ci"][1]


def test_classes_are_measured_in_the_models_order():
    labels = ["b", "a", "b", "a"]
    probability = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
    results = evaluate(table_of(labels, probability, classes=["b", "a"]))
    assert results["classes"] == ["b", "a"]
    assert results["confusion"] == [[2, 0], [1, 1]]
    assert results["accuracy"] == 0.75
    with pytest.raises(InputError, match="class c"):
        evaluate(table_of(["c"], probability[:1], classes=["b", "a"]))


def test_a_metric_without_a_meaning_is_null_in_json():
    results = evaluate(table_of(np.ones(5), np.arange(5.0)))
    assert json.loads(json.dumps(as_json(results), allow_nan=False))["r2"] is None


def test_an_ensemble_averages_predictions_and_its_class_follows():
    a = table_of([1.0, 2.0], np.array([1.0, 3.0]))
    b = table_of([1.0, 2.0], np.array([2.0, 5.0]))
    assert predictions.mean_of([a, b])["prediction"].to_pylist() == [1.5, 4.0]
    a = table_of(["x"], np.array([[0.6, 0.4]]), classes=["x", "y"])
    b = table_of(["x"], np.array([[0.1, 0.9]]), classes=["x", "y"])
    both = predictions.mean_of([a, b])
    assert both["prediction"].to_pylist() == ["y"]
    assert both["probability_y"].to_pylist() == pytest.approx([0.65])


def test_spot_checks_are_of_every_kind_and_hold_what_they_say():
    for kind, sequence in spot_check.sequences(8, ["TAT", "GCG"]):
        assert len(sequence) == 8
        if kind.startswith("poly"):
            assert set(sequence) == {kind[-1]}
        else:
            assert [m in sequence for m in ("TAT", "GCG")] == [m in kind for m in ("TAT", "GCG")]
    kinds = {kind for kind, _ in spot_check.sequences(8, ["TAT", "GCG"])}
    assert kinds == {f"poly-{b}" for b in "ACGT"} | {
        *("plain", "with TAT", "with GCG", "with TAT and GCG")
    }
    assert "with TAT and GCG" not in dict(spot_check.sequences(4, ["TAT", "GCG"]))


def metrics_of(r2, validation_r2):
    item = dict.fromkeys(["r2", "pearson", "spearman", "mse", "mae"], r2) | {"n": 5}
    part = item | {"r2": validation_r2}
    return item | {"train": part, "validation": part, "train_seconds": 1.0, "parameters": 2}


def history_of(*losses, rate=0.01):
    loss = np.array(losses)
    return {"validation_loss": loss, "learning_rate": np.broadcast_to(rate, loss.shape)}


def test_the_summary_warns_of_models_that_are_worth_nothing():
    floors = {"ridge on k-mers": metrics_of(0.5, 0.6), "ridge on GC": metrics_of(0.9, 0.1)}
    flat, falling = history_of(*np.ones(20)), history_of(*0.9 ** np.arange(20))
    record = {"architecture": "cnn"}
    assert advice.warnings(metrics_of(0.7, 0.7), [record], [flat], floors) == []
    columns = advice.warnings(metrics_of(0.7, -0.2), [record], [falling], floors)
    assert columns[0] == "validation r2 is not above 0"
    assert columns[1].startswith(
        "does not beat ridge on k-mers: validation r2 -0.200 against 0.600. "
    )
    assert columns[2].startswith("was still improving when its epochs ended")


def test_a_model_that_loses_to_a_floor_is_told_what_to_do_next():
    floors = {"ridge on k-mers": metrics_of(0.5, 0.6)}
    flat, falling = history_of(*np.ones(20)), history_of(*0.9 ** np.arange(20))

    def results_of(architecture, history, train):
        metrics = metrics_of(0.5, 0.5)
        metrics["train"] = metrics["train"] | {"r2": train}
        return advice.warnings(metrics, [{"architecture": architecture}], [history], floors)[0]

    assert "`preset: library`" in results_of("linear", flat, 0.5)
    assert "training.epochs" in results_of("cnn", falling, 0.5)
    assert "training.weight_decay" in results_of("cnn", flat, 0.9)
    assert "training.learning_rate" in results_of("cnn", flat, 0.5)


def test_the_summary_has_a_row_a_run_and_one_a_floor():
    record = {"training": {"early_stopping": None, "epochs": 50}, "best_epoch": 50}
    record |= {"train_seconds": 2.0, "parameters": 10}
    runs = {("cnn", run): metrics_of(r2, r2) for run, r2 in [("seed1", 0.8), ("seed2", 0.9)]}
    runs["cnn", "ensemble"] = metrics_of(0.95, 0.95)
    records = {("cnn", "seed1"): record, ("cnn", "seed2"): record}
    rows = summary.summarize(runs, records, {"ridge on GC": metrics_of(0.1, 0.1)})
    assert [row["seed"] for row in rows] == ["1", "2", "ensemble", None]
    assert rows[2]["seeds_r2_mean"] == pytest.approx(0.85)
    assert rows[2]["train_seconds"] == 4.0
    assert rows[2]["parameters"] == 20


def test_replicates_are_compared_where_both_were_measured():
    random = np.random.default_rng(1)
    a, b = random.normal(size=(2, 50)) + random.normal(size=50)
    b[:10] = np.nan
    results = intervals.point(ceiling.ceiling(np.stack([a, b], axis=1)), np.ones(50))
    r = np.corrcoef(a[10:], b[10:])[0, 1]
    assert results["replicates_pearson"] == pytest.approx(r)
    k = 50 / (10 / 1 + 40 / 2)  # harmonic mean of the replicates of a row
    assert results["ceiling_r2"] == pytest.approx(k * r / (1 + (k - 1) * r))


@pytest.mark.parametrize("noise", [0.3, 1.0])
def test_the_ceiling_is_what_the_truth_itself_would_reach(noise):
    """A planted rule, three replicates: the rule's own R2 and correlation are the ceilings."""
    random = np.random.default_rng(2)
    truth = random.normal(size=20_000)
    replicates = truth[:, None] + noise * random.normal(size=(20_000, 3))
    score = replicates.mean(axis=1)
    results = intervals.point(ceiling.ceiling(replicates), np.ones(20_000))
    assert results["ceiling_r2"] == pytest.approx(1 / (1 + noise**2 / 3), abs=0.01)
    assert results["ceiling_r2"] == pytest.approx(sklearn_metrics.r2_score(score, truth), abs=0.01)
    r = np.corrcoef(score, truth)[0, 1]
    assert results["ceiling_pearson"] == pytest.approx(r, abs=0.005)
    assert results["replicates_pearson"] < results["ceiling_r2"]  # which was told as the ceiling


def test_the_interval_of_the_ceiling_covers_it(monkeypatch):
    monkeypatch.setattr(intervals, "RESAMPLES", 200)
    random, hits = np.random.default_rng(3), 0
    for _ in range(150):
        replicates = random.normal(size=(200, 1)) + 0.7 * random.normal(size=(200, 2))
        metric = ceiling.ceiling(replicates)
        low, high = intervals.with_intervals(metric, np.ones(200), every_row(200))["ceiling_r2_ci"]
        hits += low <= 1 / (1 + 0.49 / 2) <= high
    assert hits / 150 == pytest.approx(0.95, abs=0.05)


def test_a_model_above_the_ceiling_is_explained():
    metrics = metrics_of(0.946, 0.946) | {"ceiling_r2": 0.898, "ceiling_r2_ci": [0.88, 0.91]}
    floors = {"ridge on GC": metrics_of(0.1, 0.1)}
    (message,) = advice.warnings(metrics, [], [], floors)
    assert "above the ceiling of the replicates, which is at most 0.910" in message
    assert advice.warnings(metrics | {"r2": 0.9}, [], [], floors) == []
    logs = {"log2_r2": 0.95, "log2_ceiling_r2_ci": [0.88, 0.91]}
    for part in ("train", "validation"):
        metrics[part] = metrics[part] | {"log2_r2": 0.95}
    floors["ridge on GC"]["validation"] |= {"log2_r2": 0.1}
    (message,) = advice.warnings(metrics | logs, [], [], floors)
    assert message.startswith("log2_r2 0.950 lies above the ceiling")


def test_a_classification_knows_no_ceiling():
    metrics = {"auroc": 0.9, "validation": {"auroc": 0.9}, "train": {"auroc": 0.9}}
    floors = {"logistic on GC": {"validation": {"auroc": 0.6}}}
    assert advice.warnings(metrics, [], [], floors) == []


def table_of_logs(random, n=4000):
    """Scores whose logarithm a model knows perfectly but for errors of one doubling."""
    log = random.normal(3, 1, n)
    return table_of(2 ** (log + random.normal(size=n)), 2**log)


def test_a_transformed_score_is_measured_on_both_scales_and_its_bias_is_told():
    random = np.random.default_rng(4)
    test, validation = table_of_logs(random), table_of_logs(random)
    metrics = evaluate(test, units=every_row(4000), transform="log2")
    assert metrics["log2_r2"] == pytest.approx(0.5, abs=0.03)
    assert metrics["log2_r2_ci"][0] < metrics["log2_r2"] < metrics["log2_r2_ci"][1]
    assert metrics["r2"] < 0.35
    factors = smearing(validation, "log2")
    assert factors == pytest.approx([np.exp(np.log(2) ** 2 / 2)], rel=0.05)
    mean, score = test["prediction"].to_numpy(), test["score"].to_numpy()
    assert mean.mean() < 0.85 * score.mean()  # the bias
    assert (factors * mean).mean() == pytest.approx(score.mean(), rel=0.05)  # and without it
    assert smeared(test, "log2", factors)["smeared_r2"] > metrics["r2"]


def test_several_transformed_scores_each_have_both_scales():
    random = np.random.default_rng(5)
    truth = random.uniform(0, 9, (2, 50))
    table = table_of(truth, (truth + 0.1).T, ["a", "b"])
    metrics = evaluate(table, transform="log1p")
    expected = sklearn_metrics.r2_score(np.log1p(truth[1]), np.log1p(truth[1] + 0.1))
    assert metrics["outputs"]["b"]["log1p_r2"] == pytest.approx(expected)
    assert set(smeared(table, "log1p", smearing(table, "log1p"))["smearing"]) == {"a", "b"}


def test_the_scale_that_was_learned_is_judged():
    scaled = metrics_of(0.49, 0.49) | {"log2_r2": 0.99}
    scaled["validation"] = scaled["train"] = scaled["validation"] | {"log2_r2": 0.99}
    floor = metrics_of(0.6, 0.6)
    floor["validation"] = floor["validation"] | {"log2_r2": 0.3}
    assert advice.warnings(scaled, [], [], {"ridge on GC": floor}) == []


def test_folds_are_averaged_by_model_its_ensemble_where_there_is_one():
    def rows(r2):
        each = dict.fromkeys(["r2", "pearson", "spearman", "mse", "mae"], r2)
        each |= {"n": 5, "train_seconds": 1.0, "parameters": 3, "model": "cnn"}
        floor = each | {"model": "ridge on GC", "seed": "", "r2": 0.1}
        return [each | {"seed": "1", "r2": 0.0}, each | {"seed": "ensemble"}, floor]

    model, floor = summary.cross_validated([rows(0.4), rows(0.6)])
    assert model["r2"] == pytest.approx(0.5)
    assert model["folds_r2_sd"] == pytest.approx(np.std([0.4, 0.6], ddof=1))
    assert (model["n"], model["train_seconds"], model["seed"]) == (10, 2.0, "cross-validated")
    assert (floor["model"], floor["r2"]) == ("ridge on GC", pytest.approx(0.1))
