"""Intervals that hold the truth as often as they say, and distances from what was trained on."""

import math

import numpy as np
import pytest
from crepes import ConformalRegressor
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from seq2score.certainty import conformal, novelty, scale


@given(rows=st.integers(1, 60), level=st.sampled_from([0.5, 0.8, 0.9, 0.95]))
def test_the_quantile_is_the_smallest_that_holds_a_new_row_often_enough(rows, level):
    """Of n + 1 exchangeable rows each is the new one as often: count over all of them."""
    errors = np.random.default_rng(rows).permutation(rows + 1).astype(float)
    held = [
        errors[new] <= conformal.quantile(np.delete(errors, new), level)
        for new in range(len(errors))
    ]
    assert np.mean(held) >= level - 1e-12
    assert np.mean(held) < level + 1 / len(errors)
    assert (conformal.quantile(errors[1:], level) < math.inf) == (
        rows >= conformal.fewest_rows(level)
    )


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
def test_the_same_intervals_as_crepes(level):
    random = np.random.default_rng(1)
    residuals, sigmas = random.normal(size=(2, 201))
    sigmas = abs(sigmas) + 0.1
    judge = ConformalRegressor().fit(residuals, sigmas=sigmas)
    found = judge.predict_int(np.zeros(201), sigmas=sigmas, confidence=level)
    ours = conformal.quantile(abs(residuals) / sigmas, level) * sigmas
    assert ours == pytest.approx(found[:, 1])


def test_sets_hold_the_true_class_as_often_as_promised_and_never_nothing():
    random = np.random.default_rng(1)
    logits = random.normal(size=(4000, 4)) * 2
    probability = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    label = np.array([random.choice(4, p=p) for p in probability])
    allowed = conformal.quantile(conformal.surprise(probability, label)[:2000], 0.9)
    held = conformal.sets(probability[2000:], allowed)
    low, high = conformal.band(0.9, 2000, 2000)
    assert low <= held[np.arange(2000), label[2000:]].mean() <= high
    assert held.any(axis=1).all()
    assert held.sum(axis=1).mean() < 4


def test_the_band_is_binomial_where_held_out_rows_are_many_and_wider_where_they_are_few():
    wanted = binom(500, 0.9).ppf([0.025, 0.975]) / 500
    assert conformal.band(0.9, 10**7, 500) == pytest.approx(wanted)
    low, high = conformal.band(0.9, 100, 500)
    assert low < wanted[0]
    assert high > wanted[1]
    assert conformal.band(0.9, 8, 500) == [1, 1]  # the intervals are infinite


def test_coverage_lies_in_the_band_as_often_as_the_band_says():
    random, inside = np.random.default_rng(1), []
    low, high = conformal.band(0.8, 60, 80)
    for _ in range(2000):
        errors = random.exponential(size=140)
        inside.append(low <= (errors[60:] <= conformal.quantile(errors[:60], 0.8)).mean() <= high)
    assert 0.94 < np.mean(inside) < 0.975  # discrete: a little more than 0.95


def test_the_scale_is_learnt_from_what_errors_grow_with():
    random = np.random.default_rng(1)
    parts = np.column_stack(
        [np.ones(20_000), random.exponential(size=(20_000, 2)), np.zeros(20_000)]
    )
    errors = random.exponential(parts @ [0.5, 2, 0, 1])
    weights = scale.fit(errors, parts)
    assert weights == pytest.approx([0.5, 2, 0, 0], abs=0.06)
    assert scale.expect(weights, parts).mean() == pytest.approx(errors.mean(), rel=0.01)


def test_errors_of_zero_leave_nothing_to_expect():
    weights = scale.fit(np.zeros(10), np.ones((10, 2)))
    assert (weights == 0).all()
    assert (scale.expect(weights, np.ones((10, 2))) > 0).all()


@pytest.mark.parametrize("left_out", [False, True])
def test_errors_of_the_nearest_rows(left_out, monkeypatch):
    monkeypatch.setattr(scale, "ALIKE", 4)
    random = np.random.default_rng(1)
    among, errors = np.sort(random.normal(size=40)), random.exponential(size=40)
    rows, own = (among, errors) if left_out else (random.normal(size=30), None)
    space = random.normal(size=(40, 3)).astype("f4")
    places = space if left_out else random.normal(size=(30, 3)).astype("f4")
    near = scale.around(places, space, errors, own)
    for row in range(len(rows)):
        others = np.flatnonzero((np.arange(40) != row) | (not left_out))
        order = others[np.linalg.norm(space[others] - places[row], axis=1).argsort()[:4]]
        assert near[row] == pytest.approx(errors[order].mean(), rel=1e-5)
    in_line = scale.in_line(rows, among, errors, own)
    row = 20  # in the middle, the window lies around it
    place = np.searchsorted(among, rows[row])
    around = errors[place - 2 : place + 3] if left_out else errors[place - 2 : place + 2]
    wanted = (around.sum() - errors[place]) / 4 if left_out else around.mean()
    assert in_line[row] == pytest.approx(wanted)


def test_novelty_is_the_share_of_held_out_rows_that_lie_nearer():
    random = np.random.default_rng(1)
    trained, held_out, shifted = (
        random.normal(centre, 1, size=(n, 40)) for n, centre in [(500, 0), (300, 0), (50, 3)]
    )
    centre, axes = novelty.space(trained)
    assert axes.T @ axes == pytest.approx(np.eye(novelty.MOST_AXES), abs=1e-5)
    places, *others = (novelty.place(x, centre, axes) for x in (trained, held_out, shifted))
    usual, far = (novelty.distance(other, places) for other in others)
    each = np.linalg.norm(others[0][:1].astype(float) - places, axis=1)
    assert usual[0] == pytest.approx(np.sort(each)[: novelty.NEIGHBOURS].mean(), rel=1e-4)
    told = novelty.percentile(usual, np.sort(usual))
    assert told.mean() == pytest.approx(50)
    assert novelty.percentile(far, np.sort(usual)).mean() > 95
    assert novelty.percentile(np.array([np.inf, -1]), usual).tolist() == [100, 0]
