"""Which of two models is better: on data where the truth is known."""

import numpy as np
import pyarrow as pa
import pytest

from seq2score.evaluation.comparison import Difference, compare
from seq2score.evaluation.evaluate import evaluate
from seq2score.evaluation.resampling import Units, every_row
from seq2score.evaluation.summary import compare_runs

SETS = 100


def predictions(truth, *errors, times=1):
    """A table a model; each row stands there several times."""
    truth = np.repeat(truth, times)
    return [
        pa.table({"score": truth, "prediction": truth + np.repeat(error, times)})
        for error in errors
    ]


def verdicts(seed, of_errors, times=1, n=150):
    """The difference of two models on each of many test sets."""
    random = np.random.default_rng(seed)
    for _ in range(SETS):
        truth, common, *alone = random.normal(size=(4, n))
        tables = predictions(truth, *of_errors(common, *alone), times=times)
        units = Units(np.repeat(np.arange(n), times), "sequences")
        yield compare(dict(zip("ab", tables, strict=True)), [("a", "b")], "r2", units)["a", "b"]


@pytest.mark.parametrize("times", [1, 5])
def test_of_equal_models_none_is_better(times, monkeypatch):
    """In one in twenty test sets by chance, whether sequences stand there once or five times."""
    monkeypatch.setattr("seq2score.evaluation.intervals.RESAMPLES", 200)
    claims = [
        difference.verdict != "not distinguishable"
        for difference in verdicts(1, lambda c, a, b: (c + 0.5 * a, c + 0.5 * b), times)
    ]
    assert np.mean(claims) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / SETS)


def test_what_is_hard_for_both_cancels_out(monkeypatch):
    """Intervals of the two metrics overlap; the interval of their difference is narrower."""
    monkeypatch.setattr("seq2score.evaluation.intervals.RESAMPLES", 200)
    differences = [*verdicts(2, lambda c, a, b: (c + 0.1 * a, c + 0.5 * b))]
    assert np.mean([difference.verdict == "better" for difference in differences]) > 0.8
    truth, common = np.random.default_rng(3).normal(size=(2, 150))
    low, high = evaluate(*predictions(truth, common), units=every_row(150))["r2_ci"]
    assert np.median([d.high - d.low for d in differences]) < 0.75 * (high - low)


def test_a_single_unit_tells_nothing():
    tables = predictions(np.arange(5.0), np.zeros(5), np.ones(5))
    result = compare(
        dict(zip("ab", tables, strict=True)), [("a", "b")], "r2", Units(np.zeros(5, int), "groups")
    )["a", "b"]
    assert result.value > 0 and result.verdict == "not distinguishable"


def test_several_scores_classes_and_scales():
    random = np.random.default_rng(4)
    x, y = np.exp(random.normal(size=(2, 80)))
    good = pa.table({"x": x, "y": y, "prediction_x": x * 1.01, "prediction_y": y * 0.99})
    bad = pa.table({"x": x, "y": y, "prediction_x": x[::-1], "prediction_y": y * 1.5})
    pair = [("good", "bad")]
    both = {"good": good, "bad": bad}
    reached = [evaluate(table, transform="log2")["log2_r2"] for table in both.values()]
    measured = compare(both, pair, "r2", every_row(80), "log2")["good", "bad"]
    assert measured.value == pytest.approx(reached[0] - reached[1]) and measured.verdict == "better"
    label = pa.array(np.where(x > 1, "high", "low"))
    probability = 1 / (1 + 1 / x)
    of_classes = {
        name: pa.table({"score": label, "probability_high": p, "probability_low": 1 - p})
        for name, p in {"good": probability, "bad": random.uniform(size=80)}.items()
    }
    assert compare(of_classes, pair, "auroc", every_row(80))["good", "bad"].verdict == "better"


def test_runs_are_compared_with_the_best_of_the_validation_set_and_the_best_floor():
    truth, a, b, c = np.random.default_rng(5).normal(size=(4, 300))
    tables = predictions(truth, 0.2 * a, 0.3 * b, 2 * c)
    runs = [("net", "ensemble"), ("trees", "ensemble")]
    measured = [{**evaluate(table), "validation": evaluate(table)} for table in tables]
    metrics = dict(zip(runs, measured[:2], strict=True))
    floors = {"ridge on GC": measured[2]}
    predicted = dict(zip(runs, tables[:2], strict=True))
    columns = compare_runs(metrics, predicted, floors, tables[2], every_row(300))
    assert columns["net", "ensemble"]["floor"] == "ridge on GC"
    assert columns["net", "ensemble"]["above_floor_low"] > 0
    assert "best" not in columns["net", "ensemble"]
    assert columns["trees", "ensemble"]["best"] == "net"
    assert columns["trees", "ensemble"]["above_best_high"] < 0
    sampled = compare_runs(metrics, predicted, floors, tables[2].slice(9), every_row(300))
    assert "floor" not in sampled["net", "ensemble"]


def test_verdicts_in_words():
    assert Difference(1, 0.5, 2).verdict == "better"
    assert Difference(-1, -2, -0.5).verdict == "worse"
    assert Difference(1, np.nan, np.nan).verdict == "not distinguishable"
