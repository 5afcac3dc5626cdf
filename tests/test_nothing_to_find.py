"""Where nothing matters, statistics claim nothing: of single sequences, repeats and families."""

import math

import numpy as np
import pyarrow as pa
import pytest

from seq2score.attributions import motifs, words
from seq2score.certainty.coverage import band
from seq2score.evaluation import failures, information, residuals
from seq2score.evaluation.evaluate import evaluate
from seq2score.evaluation.resampling import design_effect, units_of
from seq2score.sequences.encoding import BASES

pytestmark = pytest.mark.slow

SETS = 6
ROWS, LENGTH = 600, 30
KINDS = {"singles": (1, 0.0), "repeats": (10, 0.0), "families": (6, 0.03)}


@pytest.fixture(scope="module", params=KINDS)
def tables(request):
    """Predictions and scores that have nothing to do with each other or with the letters, but that
    rows of one sequence or family have in common."""
    size, mutated = KINDS[request.param]
    return [_table(np.random.default_rng(seed), size, mutated) for seed in range(SETS)]


def _table(random, size, mutated):
    count = ROWS // size
    encoded = np.repeat(random.integers(0, 4, (count, LENGTH)), size, axis=0)
    changed = random.random(encoded.shape) < mutated
    encoded = np.where(changed, random.integers(0, 4, encoded.shape), encoded)
    score = np.repeat(random.normal(size=count), size) + 0.5 * random.normal(size=ROWS)
    return pa.table(
        {
            "id": [str(row) for row in range(ROWS)],
            "sequence": ["".join(BASES[code] for code in row) for row in encoded],
            "family": np.repeat(np.arange(count), size),
            "score": score,
            "prediction": np.repeat(random.normal(size=count), size),
        }
    )


def units(table):
    return units_of(table, {"method": "group", "column": "family"}, both_strands=False)


def encoded_of(table):
    return np.array(
        [[BASES.index(letter) for letter in text] for text in table["sequence"].to_pylist()]
    )


def test_no_word_and_no_motif(tables):
    claimed = 0
    for seed, table in enumerate(tables):
        random, unit = np.random.default_rng(seed), units(table).independent
        values = random.normal(size=(unit.max() + 1, LENGTH))[unit]
        encoded = encoded_of(table).astype(np.uint8)
        columns, discovered = motifs.discover(encoded, values, unit)
        claimed += bool(discovered)
        if columns:
            assert np.mean(columns["p_value"] < 0.05) < 0.08
            assert (columns["units"] >= words.FEWEST).all()
    assert claimed <= 2  # of six, where a rate of 0.05 lets in 0.3


def test_repeats_are_units_without_a_word():
    random = np.random.default_rng(1)
    encoded = np.repeat(random.integers(0, 4, (60, LENGTH)), 10, axis=0).astype(np.uint8)
    values = np.repeat(random.normal(size=(60, LENGTH)), 10, axis=0)
    columns = words.table(encoded, values)
    assert (columns["units"] * 10 == columns["sequences"]).all()
    assert np.mean(columns["q_value"] <= 0.05) < 0.01


def test_no_feature_of_the_residuals(tables):
    claimed, low = 0, []
    for table in tables:
        rows = failures.explained(table, [], units(table))
        claimed += sum(row["q_value"] <= 0.1 for row in rows)
        low += [row["p_value"] < 0.05 for row in rows]
    assert claimed <= 5
    assert np.mean(low) < 0.08


def test_no_bias_of_a_group_of_rows(tables):
    beyond = [
        not row["low"] <= 0 <= row["high"]
        for table in tables
        for row in residuals.by_group(table, ["TAT"], [], units(table))
        if row["n"] >= 100
    ]
    assert np.mean(beyond) < 0.15  # not independent of each other, 0.05 on average


def test_no_information(tables):
    bits = []
    for table in tables:
        score, prediction = (table[name].to_numpy() for name in ("score", "prediction"))
        of_set = information.predictive(score, prediction, units(table))
        bits.append(of_set["information_bits"])
    assert np.mean(bits) < 0.06


def test_no_correlation(tables):
    beyond = 0
    for table in tables:
        low, high = evaluate(table, units=units(table))["pearson_ci"]
        beyond += not low <= 0 <= high
    assert beyond <= 1


@pytest.mark.parametrize("size", [size for size, _ in KINDS.values()])
def test_exact_intervals_are_not_blamed(size):
    """Held-out and test rows whose errors rows of one unit have in common, for the most part."""
    random, blamed, level, rows = np.random.default_rng(5), [], 0.9, 480
    unit = np.repeat(np.arange(rows // size), size)
    for _ in range(400):
        held_out, test = (
            abs(0.9 * random.normal(size=rows // size)[unit] + 0.44 * random.normal(size=rows))
            for _ in range(2)
        )
        width = np.sort(held_out)[math.ceil(level * (rows + 1)) - 1]
        times = design_effect(unit, test <= width)
        low, _ = band(level, rows, rows, times)
        blamed.append(np.mean(test <= width) < low)
    assert np.mean(blamed) < 0.045  # 0.025, and what 400 draws leave open
