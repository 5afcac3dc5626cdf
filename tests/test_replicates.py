"""Noise by replicates: variances that were planted are found, and weights by them help."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from scipy.stats import f as f_distribution

from factories.training import settings
from seq2score.errors import InputError
from seq2score.evaluation.ceiling import ceiling, remark
from seq2score.inference.prediction import Predictor
from seq2score.sequences.encoding import encode, strings
from seq2score.settings.resolve import resolve
from seq2score.training.examples import Target, open_set
from seq2score.training.replicates import Replicates, moderated, prior
from seq2score.training.train import train

NAMES = ["one", "two", "three"]
CPU = torch.device("cpu")


def variances(rows, degrees, belief, usual, seed=1):
    """True variances of rows, drawn from the prior, and what a sample of each says."""
    random = np.random.default_rng(seed)
    true = usual * belief / random.chisquare(belief, rows)
    return true, true * random.chisquare(degrees, rows) / degrees


@pytest.mark.parametrize(("degrees", "belief", "usual"), [(1, 4, 2.0), (2, 3, 0.1), (3, 20, 1.0)])
def test_the_distribution_of_variances_that_was_planted_is_found(degrees, belief, usual):
    true, results = variances(20_000, degrees, belief, usual)
    scale, worth = prior(results, np.full(len(results), float(degrees)))
    assert scale == pytest.approx(usual, rel=0.1)
    assert worth == pytest.approx(belief, rel=0.25)
    # Drawn towards the usual one, a variance is nearer to the true one than alone.
    sample = moderated(results, np.full(len(results), degrees), scale, worth)
    away = [np.square(np.log(v) - np.log(true)).mean() for v in (sample, np.full(len(true), scale))]
    assert away[0] < 0.95 * away[1]
    assert away[0] < 0.6 * np.square(np.log(results) - np.log(true)).mean()
    # What is found of a sample is distributed as the model says: usual x F(degrees, belief).
    middle = f_distribution.ppf(0.5, degrees, worth) * scale
    assert (results < middle).mean() == pytest.approx(0.5, abs=0.02)


def test_noise_that_is_the_same_everywhere_leaves_rows_alike():
    results = 3.0 * np.random.default_rng(1).chisquare(2, 5000) / 2
    usual, belief = prior(results, np.full(5000, 2.0))
    assert usual == pytest.approx(3, rel=0.1)
    sample = moderated(results, np.full(5000, 2), usual, belief)
    assert sample.std() < 0.1 * sample.mean()
    assert (moderated(results, np.full(5000, 2), usual, np.inf) == usual).all()


def table(rows=1500, seed=1, holes=False):
    """An additive truth in 12 letters, of rows that are measured well or badly."""
    random = np.random.default_rng(seed)
    codes = random.integers(4, size=(rows, 12), dtype=np.uint8)
    rule = np.random.default_rng(9).normal(size=(12, 4))
    truth = rule[np.arange(12), codes].sum(axis=1)
    sd = np.where(random.random(rows) < 0.5, 1.0, 12.0)
    measured = truth[:, None] + sd[:, None] * random.normal(size=(rows, 3))
    if holes:
        measured[:50, 2], measured[50:80, 1:] = np.nan, np.nan
    columns = dict(zip(NAMES, measured.T, strict=True))
    score = np.nanmean(measured, axis=1)
    return pa.table({"sequence": strings(codes), "score": score, "truth": truth, **columns})


def test_variances_of_scores_are_of_means_and_of_what_is_there(tmp_path):
    rows = table(holes=True)
    pq.write_table(rows, tmp_path / "t.parquet")
    results = Replicates.fit(tmp_path / "t.parquet", NAMES, "none")
    columns = results.variances(rows)
    assert columns[50:80] == pytest.approx(results.usual)  # a single replicate
    values = np.stack([rows[name].to_numpy() for name in NAMES], axis=1)
    two = (
        (results.degrees * results.usual + np.nanvar(values[0], ddof=1)) / (results.degrees + 1) / 2
    )
    three = results.degrees * results.usual + 2 * np.var(values[90], ddof=1)
    assert columns[[0, 90]] == pytest.approx([two, three / (results.degrees + 2) / 3])
    assert results.as_record()["degrees"] == results.degrees
    target = Target.fit(tmp_path / "t.parquet", ["score"], "none", "mse", True)
    _, _, weights, _ = open_set(tmp_path / "t.parquet", target, None, CPU, replicates=results).block
    expected = results.weights(rows)
    assert weights[:, 0].numpy() == pytest.approx(expected / expected.mean(), rel=1e-5)


def test_equal_replicates_are_no_infinite_weight(tmp_path):
    rows = table(200).to_pydict()
    for name in NAMES[1:]:
        rows[name][:40] = rows["one"][:40]
    pq.write_table(pa.table(rows), tmp_path / "t.parquet")
    columns = Replicates.fit(tmp_path / "t.parquet", NAMES, "none").weights(pa.table(rows))
    assert np.isfinite(columns).all()
    assert columns.max() < 1000 * np.median(columns)


def test_replicates_are_compared_on_the_scale_that_is_learned(tmp_path):
    rows = table(400)
    logs = pa.table({name: 2 ** (rows[name].to_numpy() / 20) for name in NAMES})
    linear = pa.table({name: rows[name].to_numpy() / 20 for name in NAMES})
    for name, item in {"logs": logs, "linear": linear}.items():
        pq.write_table(item, tmp_path / name)
    item = Replicates.fit(tmp_path / "logs", NAMES, "log2").variances(logs)
    two = Replicates.fit(tmp_path / "linear", NAMES, "none").variances(linear)
    assert item == pytest.approx(two, rel=1e-6)
    zeros = pa.table({name: np.append(logs[name].to_numpy(), 0.0) for name in NAMES})
    pq.write_table(zeros, tmp_path / "zeros")
    with_zeros = Replicates.fit(tmp_path / "zeros", NAMES, "log2").variances(zeros)
    assert with_zeros[:-1] == pytest.approx(item)


def test_too_few_replicates_are_refused(tmp_path):
    rows = table(8)
    pq.write_table(rows, tmp_path / "t.parquet")
    with pytest.raises(InputError, match="8 rows with two replicates or more"):
        Replicates.fit(tmp_path / "t.parquet", NAMES, "none")


def test_weights_by_replicates_bring_predictions_nearer_to_the_truth(tmp_path):
    files = {}
    for part, (rows, seed) in {"train": (1500, 1), "validation": (300, 2)}.items():
        pq.write_table(table(rows, seed), files.setdefault(part, tmp_path / f"{part}.parquet"))
    test, r2 = table(500, seed=3), []
    for weighing in ([], NAMES):
        chosen = settings(weighing_replicates=weighing)
        chosen["training"] |= {"epochs": 30, "learning_rate": 0.02, "optimizer": "adamw"}
        trained = train(files, chosen, 1, CPU)
        assert ("replicates" in trained.record) == bool(weighing)
        predicted = Predictor(trained.model, trained.record).predict(encode(test["sequence"]))
        truth = test["truth"].to_numpy()
        r2.append(1 - np.square(predicted - truth).mean() / truth.var())
    print("R2 against the truth, rows alike and by replicates:", r2)
    assert 1 - r2[1] < 0.5 * (1 - r2[0])


def test_only_training_depends_on_them():
    tables = {
        name: {"table": {"path": "a.csv", "replicates": ["r", "s"], "replicate_weights": weighing}}
        for name, weighing in {"a": True, "b": False}.items()
    }
    a, b = resolve({"datasets": tables}).datasets.values()
    assert a.table == b.table
    assert tuple(x.facts("weighing_replicates")["weighing_replicates"] for x in (a, b)) == (
        ["r", "s"],
        [],
    )


def test_pairs_of_replicates_count_by_the_rows_they_have_in_common():
    random = np.random.default_rng(0)
    truth = random.normal(size=2000)
    replicates = truth[:, None] + random.normal(size=(2000, 3))  # r = 0.5
    replicates[3:, 2] = np.nan
    replicates[:3, 2] = -truth[:3]  # three rows that would say otherwise
    r = ceiling(replicates)(np.ones((1, 2000)))["replicates_pearson"][0]
    assert r == pytest.approx(0.5, abs=0.05)


def test_replicates_without_common_rows_leave_the_ceiling_to_the_others():
    random = np.random.default_rng(0)
    truth = random.normal(size=2000)
    replicates = truth[:, None] + random.normal(size=(2000, 3))
    replicates[:1000, 2] = replicates[1000:, 1] = np.nan  # the second and third never meet
    r = ceiling(replicates)(np.ones((1, 2000)))["replicates_pearson"][0]
    assert r == pytest.approx(0.5, abs=0.05)


def test_a_ceiling_says_why_there_is_none_and_whether_it_is_of_the_score():
    random = np.random.default_rng(6)
    truth = random.normal(size=200)
    replicates = truth[:, None] + random.normal(size=(200, 2))
    mean = replicates.mean(axis=1)
    assert remark(mean.round(2), replicates) == ""
    assert "not the mean of the replicates" in remark(2 * mean, replicates)
    assert "(r = 1.000)" in remark(2 * mean, replicates)
    apart = replicates.copy()
    apart[:100, 0] = apart[100:, 1] = np.nan
    assert remark(mean, apart).startswith("No ceiling: no two replicates have 3 test rows")
    assert "do not correlate" in remark(mean, np.stack([truth, -truth], axis=1))
