"""Intervals that hold the truth as often as they say, and distances from what was trained on."""

import math

import numpy as np
import pyarrow as pa
import pytest
import torch
from crepes import ConformalRegressor
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from factories.calibration import calibrated, predicted_table
from factories.models import RECORD, member
from seq2score.certainty import calibration, certain, conformal, novelty, scale
from seq2score.certainty.assess import calibrate_model, features, with_certainty
from seq2score.certainty.certain import Certain, of_tables, widened
from seq2score.certainty.coverage import band, coverage
from seq2score.errors import InputError
from seq2score.evaluation import advice
from seq2score.figures import coverage as figure
from seq2score.figures import theme
from seq2score.inference.prediction import Predictor
from seq2score.inference.predictions import mean_of
from seq2score.models import build
from seq2score.sequences.encoding import strings


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
        rows >= math.ceil(round(level / (1 - level), 9))
    )


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
def test_the_same_intervals_as_crepes(level):
    random = np.random.default_rng(1)
    residuals, sigmas = random.normal(size=(2, 201))
    sigmas = abs(sigmas) + 0.1
    judge = ConformalRegressor().fit(residuals, sigmas=sigmas)
    results = judge.predict_int(np.zeros(201), sigmas=sigmas, confidence=level)
    ours = conformal.quantile(abs(residuals) / sigmas, level) * sigmas
    assert ours == pytest.approx(results[:, 1])


def test_the_best_of_many_are_overrated_and_a_judge_of_them_is_not():
    """Models with errors of their own: nine in ten intervals hold, but few of those chosen."""
    random = np.random.default_rng(1)
    truth = random.normal(size=20_000)
    reach = conformal.quantile(abs(random.normal(size=999)), 0.9)
    model, judge = (_certain(truth + random.normal(size=len(truth)), reach) for _ in range(2))
    chosen = np.argsort(-model.predicted[:, 0])[:200]

    def held(certain):
        inside = (certain.lower[:, 0] <= truth) & (truth <= certain.upper[:, 0])
        return inside.mean(), inside[chosen].mean()

    assert held(model)[0] == pytest.approx(0.9, abs=0.02)
    assert held(model)[1] < 0.6
    sure = widened(model, judge)
    assert held(sure)[1] > 0.9
    assert (sure.predicted == model.predicted).all()
    assert (sure.lower <= model.lower).all()
    assert (sure.upper >= model.upper).all()


def _certain(predicted, reach):
    predicted = predicted[:, None]
    none = np.zeros(len(predicted))
    return Certain(
        predicted[None], predicted, none, lower=predicted - reach, upper=predicted + reach
    )


def test_a_judge_adds_its_classes_to_a_set():
    probability = np.array([[0.9, 0.1, 0.0]])
    chosen, judged = (
        Certain(probability[None], probability, np.zeros(1), held=np.array([held]))
        for held in ([True, False, False], [False, True, False])
    )
    assert widened(chosen, judged).held.tolist() == [[True, True, False]]


def test_sets_hold_the_true_class_as_often_as_promised_and_never_nothing():
    random = np.random.default_rng(1)
    logits = random.normal(size=(4000, 4)) * 2
    probability = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    label = np.array([random.choice(4, p=p) for p in probability])
    allowed = conformal.quantile(conformal.surprise(probability, label)[:2000], 0.9)
    held = conformal.sets(probability[2000:], allowed)
    low, high = band(0.9, 2000, 2000)
    assert low <= held[np.arange(2000), label[2000:]].mean() <= high
    assert held.any(axis=1).all()
    assert held.sum(axis=1).mean() < 4


def test_the_band_is_binomial_where_held_out_rows_are_many_and_wider_where_they_are_few():
    expected = binom(500, 0.9).ppf([0.025, 0.975]) / 500
    assert band(0.9, 10**7, 500) == pytest.approx(expected)
    low, high = band(0.9, 100, 500)
    assert low < expected[0]
    assert high > expected[1]
    assert band(0.9, 8, 500) == [1, 1]  # the intervals are infinite


def test_coverage_lies_in_the_band_as_often_as_the_band_says():
    random, inside = np.random.default_rng(1), []
    low, high = band(0.8, 60, 80)
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
    monkeypatch.setattr(scale, "ALIKE", (4, 4))
    random = np.random.default_rng(1)
    among, errors = np.sort(random.normal(size=40)), random.exponential(size=40)
    rows, single = (among, errors) if left_out else (random.normal(size=30), None)
    space = random.normal(size=(40, 3)).astype("f4")
    places = space if left_out else random.normal(size=(30, 3)).astype("f4")
    near = scale.around(places, space, errors, single)
    for row in range(len(rows)):
        others = np.flatnonzero((np.arange(40) != row) | (not left_out))
        order = others[np.linalg.norm(space[others] - places[row], axis=1).argsort()[:4]]
        assert near[row] == pytest.approx(errors[order].mean(), rel=1e-5)
    in_line = scale.in_line(rows, among, errors, single)
    row = 20  # in the middle, the window lies around it
    position = np.searchsorted(among, rows[row])
    around = (
        errors[position - 2 : position + 3] if left_out else errors[position - 2 : position + 2]
    )
    expected = (around.sum() - errors[position]) / 4 if left_out else around.mean()
    assert in_line[row] == pytest.approx(expected)


def test_novelty_is_the_share_of_held_out_rows_that_lie_nearer():
    random = np.random.default_rng(1)
    trained, held_out, shifted = (
        random.normal(centre, 1, size=(n, 40)) for n, centre in [(500, 0), (300, 0), (50, 3)]
    )
    centre, axes = novelty.space([trained, trained[:, :5] * 100])
    places, *others = (
        novelty.project([x, x[:, :5] * 100], centre, axes) for x in (trained, held_out, shifted)
    )
    variance = places.var(axis=0)
    assert variance[: novelty.MOST_AXES].sum() == pytest.approx(1, rel=1e-4)
    assert variance[novelty.MOST_AXES :].sum() == pytest.approx(1, rel=1e-4)
    usual, far = (novelty.distance(other, places) for other in others)
    each = np.linalg.norm(others[0][:1].astype(float) - places, axis=1)
    assert usual[0] == pytest.approx(np.sort(each)[: novelty.NEIGHBOURS].mean(), rel=1e-4)
    result = novelty.percentile(usual, np.sort(usual))
    assert result.mean() == pytest.approx(50)
    assert novelty.percentile(far, np.sort(usual)).mean() > 95
    assert novelty.percentile(np.array([np.inf, -1]), usual).tolist() == [100, 0]


LENGTH = 8
CODES = np.random.default_rng(5).integers(4, size=(600, LENGTH), dtype=np.uint8)


@pytest.mark.parametrize(
    ("seeds", "changes"),
    [
        ([1], {}),
        ([1, 2], {"outputs": ["a", "b"]}),
        ([1], {"score_transform": "log1p"}),
        ([1, 2], {"classes": ["x", "y", "z"]}),
    ],
    ids=["score", "scores", "log1p", "classes"],
)
def test_intervals_of_models_and_ensembles_hold_the_truth_as_often_as_promised(seeds, changes):
    members = [member(seed, **changes) for seed in seeds]
    model, calibrations = calibrated(members, noise=0.1)
    random = np.random.default_rng(7)
    truth = np.stack([m.predict(CODES).reshape(len(CODES), -1) for m in members]).mean(axis=0)
    if "classes" in changes:
        labels = [random.choice(3, p=p / p.sum()) for p in truth]
        scores = {"score": np.array(changes["classes"])[labels]}
    else:
        truth = truth + random.normal(size=truth.shape) * 0.1
        scores = dict(zip(changes.get("outputs", ["score"]), truth.T, strict=True))
    certain = with_certainty(model, calibrations, CODES, 0.8)
    record = model.record
    table = pa.table({"sequence": strings(CODES), **scores})
    table = pa.table(
        {**{n: table[n] for n in table.column_names}}
        | certain.columns(record["outputs"], record["classes"])
    )
    result = coverage(table, calibrations[-1], 0.8)
    for single in result.get("outputs", {"": result}).values():
        low, high = single["coverage_band"]
        assert low <= single["coverage"]
        assert single["coverage"] <= high or "classes" in changes
        assert single["intervals"]["basis"] == "validation set"
        at_level = next(at for at in single["intervals"]["by_level"] if at["level"] == 0.8)
        assert at_level["coverage"] == single["coverage"]
        parts = single["intervals"].get("by_tenth") or single["intervals"]["by_class"]
        assert sum(part["n"] for part in parts) == len(CODES)


def test_the_ensembles_table_is_what_the_ensemble_says():
    members = [member(seed) for seed in (1, 2)]
    model, calibrations = calibrated(members)
    table = pa.table({"sequence": strings(CODES), "score": np.zeros(len(CODES))})
    tables = [
        predicted_table(m, each, CODES, table)
        for m, each in zip(members, calibrations, strict=False)
    ]
    joined = of_tables(tables, calibrations[-1], 0.9)
    columns = with_certainty(model, calibrations, CODES, 0.9).columns(["score"], None)
    for name, values in columns.items():
        assert joined[name].to_pylist() == pytest.approx(pa.array(values).to_pylist()), name
    assert joined["prediction"].to_pylist() == mean_of(tables)["prediction"].to_pylist()


def test_a_calibration_is_the_same_after_saving_and_its_file_always_the_same(tmp_path):
    model, calibrations = calibrated([member(1, outputs=["a", "b"])])
    for name in "xy":
        calibration.save_to(calibrations[0], tmp_path / name)
    assert (tmp_path / "x").read_bytes() == (tmp_path / "y").read_bytes()
    again = with_certainty(model, [calibration.load(tmp_path / "x")], CODES, 0.9)
    assert (again.upper == with_certainty(model, calibrations, CODES, 0.9).upper).all()
    for name in ["x.txt", "nothing"]:
        (tmp_path / "x.txt").write_text("no tensors")
        with pytest.raises(InputError, match="no calibration"):
            calibration.load(tmp_path / name)


def test_too_few_rows_for_a_level_give_endless_intervals_not_wrong_ones():
    model, calibrations = calibrated([member(1)], rows=15)
    certain = with_certainty(model, calibrations, CODES, 0.95)
    assert np.isinf(certain.upper).all()
    assert np.isfinite(with_certainty(model, calibrations, CODES, 0.9).upper).all()


def test_predictions_beyond_the_measured_scores_are_marked():
    model, calibrations = calibrated([member(1, target_scaling={"mean": [0.0], "sd": [200.0]})])
    certain = with_certainty(model, calibrations, CODES, 0.9)  # measured: from -9 to 9
    said = certain.columns(["score"], None)["extrapolation"].to_pylist()
    expected = ["above" if p > 9 else "below" if p < -9 else "" for p in certain.predicted[:, 0]]
    assert said == expected
    assert {"above", "below"} & set(expected)
    both, calibrations = calibrated([member(1, outputs=["a", "b"], target_scaling=SCALING)])
    said = with_certainty(both, calibrations, CODES, 0.9).columns(["a", "b"], None)["extrapolation"]
    assert {"b above", "b below"} & set(said.to_pylist())


SCALING = {"mean": [0.0, 0.0], "sd": [1.0, 200.0]}


def test_sequences_of_another_kind_are_novel():
    model, calibrations = calibrated([member(1)])
    usual = with_certainty(model, calibrations, CODES, 0.9).novelty
    odd = CODES // 3 * 3  # of A and T alone
    assert 30 < usual.mean() < 70
    assert with_certainty(model, calibrations, odd, 0.9).novelty.mean() > usual.mean() + 10


def test_a_shifted_test_set_shows_its_miscoverage_and_is_told():
    """Sequences of little but A, on which the model errs more: among the novel ones."""
    model, calibrations = calibrated([member(1)], noise=0.1)
    random = np.random.default_rng(7)
    columns_here, poor = {}, np.where(random.random(CODES.shape) < 0.7, 0, CODES).astype(np.uint8)
    for name, codes, noise in [("usual", CODES, 0.1), ("shifted", poor, 0.4)]:
        certain = with_certainty(model, calibrations, codes, 0.9)
        score = certain.predicted[:, 0] + random.normal(size=len(codes)) * noise
        columns = certain.columns(["score"], None)
        table = pa.table({"sequence": strings(codes), "score": score, **columns})
        columns_here[name] = coverage(table, calibrations[-1], 0.9)
        tenths = columns_here[name]["intervals"]["by_novelty"]
        assert sum(tenth["n"] for tenth in tenths) == len(codes)
        assert [tenth["highest"] for tenth in tenths] == [*range(10, 101, 10)]
        for tenth in tenths:
            here = (certain.novelty > tenth["lowest"]) & (certain.novelty <= tenth["highest"])
            here |= (certain.novelty == 0) & (tenth["lowest"] == 0)
            held = (certain.lower[:, 0] <= score) & (score <= certain.upper[:, 0])
            assert tenth["n"] == here.sum()
            assert tenth["coverage"] == (held[here].mean() if here.any() else None)
    low, high = columns_here["usual"]["novel_band"]
    assert low <= columns_here["usual"]["novel"] <= high
    assert 0.05 < low < 0.1 < high < 0.15
    assert columns_here["shifted"]["novel"] > 0.2
    assert columns_here["shifted"]["intervals"]["by_novelty"][-1]["coverage"] < 0.6
    assert advice._of_another_kind(columns_here["usual"]) == []
    (said,) = advice._of_another_kind(columns_here["shifted"])
    share = columns_here["shifted"]["intervals"]["by_novelty"][-1]["coverage"]
    assert said.endswith(f"among these, they hold {share:.3f} of the scores")


def test_a_model_without_a_last_layer_is_known_by_k_mers(monkeypatch):
    def refuse(self, codes):
        raise InputError("no last layer")

    monkeypatch.setattr(Predictor, "embed", refuse)
    assert [space.shape[1] for space in features(member(1), CODES)] == [340]


def test_a_part_without_rows_has_expected_errors_too():
    """An ensemble joins the part for calibration, which has no rows unless the config asks."""
    scouts = np.linspace(0, 1, 60)
    errors = calibration.Errors(
        weights=np.ones(4),
        ratios=np.ones(5),
        measured=np.array([0.0, 1.0]),
        predictions=scouts,
        errors=scouts,
        places=np.zeros((60, 2), np.float32),
    )
    nothing = np.empty(0), np.empty((0, 1)), np.empty((0, 2), np.float32)
    assert errors.parts(*nothing).shape == (0, 4)
    some = np.zeros(3), np.zeros((3, 1)), np.zeros((3, 2), np.float32)
    assert errors.parts(*some).shape == (3, 4)


@pytest.mark.parametrize("noise", ["even", "growing"])
def test_coverage_and_width_on_ten_sets_whose_noise_is_known(noise):
    """A model that has learnt the rule: intervals can be no narrower than the noise."""
    outside, widths = 0, []
    for seed in range(10):
        random = np.random.default_rng(seed)
        codes = random.integers(4, size=(1800, LENGTH), dtype=np.uint8)
        letters = random.normal(size=(LENGTH, 4))
        rule = letters[np.arange(LENGTH), codes].sum(axis=1)
        share = (rule - rule.min()) / np.ptp(rule)
        sd = 0.5 * np.ones(len(rule)) if noise == "even" else 0.1 + 1.4 * share
        score = rule + random.normal(size=len(rule)) * sd
        design = np.eye(4)[codes[:600]].transpose(0, 2, 1).reshape(600, -1)
        weights = np.linalg.lstsq(design, score[:600], rcond=None)[0]
        model = build("linear", {}, LENGTH, 1)
        with torch.no_grad():
            model.output.weight[:] = torch.tensor(weights)
            model.output.bias.zero_()
        model = Predictor(model, RECORD | {"input_length": LENGTH, "seed": seed})
        table = pa.table({"sequence": strings(codes), "score": score})
        measured = np.array([[score.min()], [score.max()]])
        held_out = table.slice(600, 600)
        calibrations = calibrate_model(
            model, table.slice(0, 600), held_out, measured, "validation set"
        )
        test, sd = codes[1200:], sd[1200:]
        columns = with_certainty(model, [calibrations], test, 0.9).columns(["score"], None)
        rows = pa.table({"sequence": strings(test), "score": score[1200:], **columns})
        single = coverage(rows, calibrations, 0.9)
        for at in single["intervals"]["by_level"]:
            low, high = at["coverage_band"]
            checked = at["level"] in (0.5, 0.8, 0.9, 0.95)
            outside += checked and not low <= at["coverage"] <= high
        widths.append(single["mean_width"] / (2 * norm.ppf(0.95) * sd.mean()))
    assert outside <= 6  # of 40, where 2 are to be expected
    assert 0.95 < np.mean(widths) < 1.15


def test_coverage_is_drawn_for_scores_and_classes(tmp_path):
    for changes in [{}, {"outputs": ["a", "b"]}, {"classes": ["x", "$y"]}]:
        model, calibrations = calibrated([member(1, **changes)])
        columns = with_certainty(model, calibrations, CODES, 0.9).columns(
            model.record["outputs"], model.record["classes"]
        )
        names = model.record["outputs"] if not model.record["classes"] else ["score"]
        values = ["x"] * len(CODES) if model.record["classes"] else np.zeros(len(CODES))
        columns_here = coverage(
            pa.table({**dict.fromkeys(names, values), **columns}), calibrations[-1], 0.9
        )
        theme.save(
            figure.draw({"cnn": columns_here, "b": columns_here}, ["b", "cnn"]), tmp_path / "a.png"
        )


def test_a_band_of_rows_that_repeat_is_wider_and_never_asks_for_all():
    plain, few = band(0.9, 400, 400), band(0.9, 400, 400, 20.0)
    assert few[0] < plain[0] - 0.05 and few[1] > plain[1]
    low, high = band(0.9, 60, 60, 30.0)  # two units of thirty rows
    assert low <= 0.5 and high == 1


def test_a_mean_is_of_all_members_or_of_none():
    noise = np.ones((2, 1))
    assert certain.noise_of_all([None, None]) is None
    np.testing.assert_allclose(certain.noise_of_all([noise, 7 * noise]), 5 * noise)
    with pytest.raises(ValueError, match="1 of 2 members"):
        certain.noise_of_all([noise, None])


def test_a_score_that_no_test_row_has():
    """It gives no number, and takes none from the others."""
    model, calibrations = calibrated([member(1, outputs=["a", "b"])])
    codes = np.random.default_rng(4).integers(4, size=(60, 8), dtype=np.uint8)
    codes = codes[:, : model.record["input_length"]]
    a = model.predict(codes)[:, 0] + 0.5
    table = pa.table({"sequence": strings(codes), "a": a, "b": np.full(60, np.nan)})
    rows = predicted_table(model.members[0], calibrations[0], codes, table)
    result = coverage(rows, calibrations[0], 0.9)
    alone = result["outputs"]["a"]
    assert (result["coverage"], result["mean_width"]) == (alone["coverage"], alone["mean_width"])
    assert result["outputs"]["b"]["coverage"] is result["outputs"]["b"]["mean_width"] is None
    metrics = {"m": result | {"n": 60}}
    assert len(figure.draw(metrics, ["m"]).axes) == 3
    assert not advice._too_narrow(result | {"outputs": {"b": result["outputs"]["b"]}})
