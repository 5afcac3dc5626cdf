"""Bits that predictions tell of scores: on normal distributions the truth is known."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import norm

from seq2score.evaluation import information
from seq2score.evaluation.evaluate import evaluate, with_information
from seq2score.evaluation.resampling import Units, every_row
from seq2score.evaluation.summary import summarize


def random_rows(r, rows, seed=1):
    random = np.random.default_rng(seed)
    prediction = random.normal(size=rows)
    return r * prediction + np.sqrt(1 - r * r) * random.normal(size=rows), prediction


def bits(score, prediction, *units):
    return information.predictive(score, prediction, *units)["information_bits"]


@pytest.mark.parametrize("r", [0, 0.3, 0.6, 0.9, 0.99])
def test_of_normal_distributions_it_is_as_the_correlation_says(r):
    truth = -np.log2(1 - r * r) / 2
    assert bits(*random_rows(r, 4000)) == pytest.approx(truth, abs=0.05)
    assert bits(*random_rows(-r, 4000)) == pytest.approx(truth, abs=0.05)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    held, width = [], []
    for seed in range(40):
        columns = information.predictive(*random_rows(0.6, 500, seed), every_row(500))
        low, high = columns["information_bits_ci"]
        held.append(low <= -np.log2(0.64) / 2 <= high)
        width.append(high - low)
    assert np.mean(held) >= 0.88  # of 40, where 38 are to be expected
    assert np.mean(width) < 0.27


def test_it_is_the_same_whatever_curve_leads_to_the_score():
    score, prediction = random_rows(0.6, 2000)
    assert bits(score**3, np.exp(prediction)) == pytest.approx(bits(score, prediction), abs=1e-9)


def test_ties_tell_nothing():
    score, prediction = random_rows(0, 3000)
    assert bits(np.round(score), np.round(prediction)) < 0.03
    score, prediction = random_rows(0.9, 3000)
    assert 0.5 < bits(np.round(score), prediction) < -np.log2(0.19) / 2


def test_rows_of_a_unit_count_as_one():
    score, prediction = random_rows(0.6, 300)
    alone = information.predictive(score, prediction, every_row(300))["information_bits_ci"]
    score, prediction = (np.repeat(v, 10) for v in (score, prediction))
    shaken = prediction + 0.3 * np.random.default_rng(2).normal(size=3000)
    units = Units(np.repeat(np.arange(300), 10), "groups")
    wide = information.predictive(score, shaken, units)["information_bits_ci"]
    narrow = information.predictive(score, shaken, every_row(3000))["information_bits_ci"]
    assert np.ptp(wide) > 1.5 * np.ptp(narrow)
    assert np.ptp(alone) > np.ptp(narrow)


def test_too_few_rows_say_nothing_and_too_many_are_a_sample():
    assert np.isnan(bits(*random_rows(0.9, 20)))
    item = information.predictive(*random_rows(0.9, 100), Units(np.zeros(100, int), "groups"))
    assert np.isnan(item["information_bits_ci"]).all()
    assert bits(*random_rows(0.6, 50_000)) == pytest.approx(-np.log2(0.64) / 2, abs=0.04)


def test_what_a_model_of_the_noise_accounts_for():
    score, prediction = random_rows(0.6, 5000)
    right = information.variational(score, norm.logpdf(score, 0.6 * prediction, 0.8))
    wrong = information.variational(score, norm.logpdf(score, 0.6 * prediction, 1.3))
    assert right == pytest.approx(-np.log2(0.64) / 2, abs=0.03)
    assert wrong < right - 0.1
    rounded = np.round(score, 2)
    density = norm.logpdf(rounded, 0.6 * prediction, 0.8)
    assert information.variational(rounded, density) == pytest.approx(right, abs=0.03)


def test_each_score_has_its_own_in_metrics_and_the_summary():
    (a, p), (b, q) = random_rows(0.9, 900), random_rows(0.3, 900, seed=2)
    b[:300] = np.nan
    item = pa.table({"score": a, "prediction": p})
    two = pa.table({"a": a, "b": b, "prediction_a": p, "prediction_b": q})
    units, made = every_row(900), {}
    for name, table in {"one": item, "two": two}.items():
        metrics = evaluate(table, None, units)
        metrics |= {part: evaluate(table) for part in ("train", "validation")}
        made[name] = with_information(metrics, table, units)
    outputs = made["two"]["outputs"]
    assert outputs["a"]["information_bits"] == made["one"]["information_bits"]
    assert outputs["b"]["information_bits"] < 0.3
    each = [single["information_bits"] for single in outputs.values()]
    assert made["two"]["information_bits"] == pytest.approx(np.mean(each))
    assert made["two"]["n"] == 900
    record = {"train_seconds": 1.0, "parameters": 2, "best_epoch": 1}
    runs = {("m", "seed1"): made["one"]}
    row = summarize(runs, {("m", "seed1"): record}, {"ridge": made["one"] | record})[0]
    low, high = made["one"]["information_bits_ci"]
    assert (row["information_bits_low"], row["information_bits_high"]) == (low, high)
    assert row["information_bits"] == made["one"]["information_bits"]
