"""Intervals of effects hold what they promise, and say something."""

import dataclasses
import importlib.util

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import norm

import seq2score
from conftest import ROOT
from factories.calibration import calibrated
from factories.models import member, saved
from seq2score.certainty import calibration, differences
from seq2score.certainty.assess import calibrate_model
from seq2score.certainty.effects import effects
from seq2score.certainty.measured import MeasuredPairs
from seq2score.certainty.pairs import ELSEWHERE, KINDS, ONE, SEVERAL, SHIFTED, compare, find
from seq2score.errors import InputError
from seq2score.evaluation.resampling import Units, every_row
from seq2score.sequences.encoding import strings
from seq2score.variants import effects as variants
from seq2score.variants.rows import VARIANT

SOURCE = importlib.util.spec_from_file_location("planted_pairs", ROOT / "benchmarks/effects.py")
BENCHMARK = importlib.util.module_from_spec(SOURCE)


@pytest.fixture(scope="module", autouse=True)
def benchmark():
    import sys

    sys.modules[SOURCE.name] = BENCHMARK
    SOURCE.loader.exec_module(BENCHMARK)
    return BENCHMARK


@pytest.mark.parametrize("rule", ["linear", "cooperative", "indel"])
@pytest.mark.parametrize("r2", [0.3, 0.9])
def test_coverage_power_and_signs_on_planted_pairs(benchmark, rule, r2):
    """Five sets: coverage within the band, power near the best possible, few false signs."""
    sets = [benchmark.looked_at(rule, r2, 200, seed) for seed in range(5)]
    mean = {name: np.mean([numbers[name] for numbers in sets]) for name in sets[0]}
    for level in benchmark.LEVELS:
        # Five hundred families were looked at in all, and as many calibrated.
        margin = 3 * np.sqrt(2 * level * (1 - level) / 500)
        assert mean[f"measured {level}"] == pytest.approx(level, abs=margin)
        # Of true effects, noise is taken off with a standard error to spare.
        assert level - margin < mean[f"truth {level}"] < level + margin + 0.12
    false, of = (sum(numbers[name] for numbers in sets) for name in ("false", "of"))
    assert false <= 0.05 * of + 3 * np.sqrt(0.05 * max(of, 1))
    assert mean["width"] < mean["beside"] / 2
    if r2 == 0.9:
        assert mean["power"] > 0.6 * mean["best"] > 0.3


def test_without_replicates_intervals_are_of_measured_differences(benchmark):
    data = benchmark.planted("cooperative", 0.6, 200, seed=1)
    with_noise, without = data.calibrate(), data.calibrate(replicates=False)
    for kind in (ONE, SEVERAL):
        assert without[0][kind].without_noise == 1.0
        assert with_noise[0][kind].without_noise < 1.0
        assert (without[0][kind].ratios == with_noise[0][kind].ratios).all()


def test_letters_apart_and_kinds():
    random = np.random.default_rng(1)
    codes = random.integers(4, size=(5, 40), dtype=np.uint8)
    others = codes.copy()
    others[0, 7] = (others[0, 7] + 1) % 4
    others[1, [3, 30]] = (others[1, [3, 30]] + 1) % 4
    others[2] = np.concatenate([codes[2, :10], codes[2, 13:], [0, 1, 2]])  # filled from the right
    others[3] = np.concatenate([[0, 1], codes[3, :30], codes[3, 32:]])  # and from the left
    others[4] = random.integers(4, size=40)
    letters, kind = compare(codes, others)
    assert kind.tolist() == [ONE, SEVERAL, SHIFTED, SHIFTED, ELSEWHERE]
    assert letters[:4].tolist() == [1, 2, 3, 2]
    again, same = compare(others, codes)
    assert (again == letters).all() and (same == kind).all()


def test_pairs_are_of_groups_or_have_no_row_in_common(benchmark):
    data = benchmark.planted("linear", 0.6, 60, seed=2)
    table = pa.table({"sequence": strings(data.codes)})
    pairs = find(table, Units(data.family, "groups of family"))
    near = pairs.take(pairs.kind != ELSEWHERE)
    assert (data.family[near.first] == data.family[near.second]).all()
    far = pairs.take(pairs.kind == ELSEWHERE)
    assert (data.family[far.first] != data.family[far.second]).all()
    assert len(far) == 30
    alone = find(table, every_row(len(data.codes)))
    for kind in range(len(KINDS)):
        rows = alone.take(alone.kind == kind)
        assert len(np.unique(np.concatenate([rows.first, rows.second]))) == 2 * len(rows)
        assert (rows.unit == np.arange(len(rows))).all()
    shuffled = table.take(pa.array(np.random.default_rng(1).permutation(len(table))))
    again = find(shuffled, every_row(len(table)))
    assert _texts(shuffled, again) == _texts(table, alone)


def _texts(table, pairs):
    ends = (table["sequence"].take(pa.array(rows)).to_pylist() for rows in vars(pairs).values())
    return [*zip(*(next(ends) for _ in range(2)), strict=True)]


def test_covariates_of_a_pair_are_equal(benchmark):
    data = benchmark.planted("linear", 0.6, 60, seed=2)
    dose = np.random.default_rng(1).integers(2, size=len(data.codes))
    table = pa.table({"sequence": strings(data.codes), "dose": dose})
    pairs = find(table, every_row(len(dose)), ["dose"])
    assert len(pairs) > 50 and (dose[pairs.first] == dose[pairs.second]).all()


def test_an_exaggerated_effect_is_drawn_back_and_its_sign_is_less_sure(benchmark):
    """Where predictions are mostly error, an effect's interval lies nearer to 0 than the effect."""
    data = benchmark.planted("linear", 0.3, 400, seed=3)
    of_one = data.calibrate()[0][ONE]
    assert of_one.slope[0] < 0.6
    low, high, positive = of_one.judge(np.array([-1.0, 0.0, 1.0]), np.ones(3, int), 0.9)
    assert (low + high) / 2 == pytest.approx([-of_one.slope[0], 0, of_one.slope[0]])
    assert positive[1] == 0.5 and positive[0] == pytest.approx(1 - positive[2])


def test_an_interval_leaves_out_zero_where_the_sign_is_as_sure(benchmark):
    known = benchmark.planted("linear", 0.9, 200, seed=3).calibrate()[0][ONE]
    effect = np.linspace(-6, 6, 500)
    low, high, positive = known.judge(effect, np.ones(500, int), 0.9)
    assert (((low > 0) | (high < 0)) == (abs(positive - 0.5) > 0.45 - 1e-9)).mean() > 0.98


def test_noise_from_replicates_and_from_repeated_sequences():
    random = np.random.default_rng(1)
    replicates = random.normal(size=(4000, 1)) + random.normal(size=(4000, 3)) * 0.6
    score, hashes = replicates.mean(axis=1), np.arange(4000)
    results = differences.noise_variance(score, replicates, hashes)
    assert results == pytest.approx(0.36 / 3, rel=0.05)
    assert np.isnan(differences.noise_variance(score + hashes, replicates, hashes))
    assert np.isnan(differences.noise_variance(score, replicates[:, :0], hashes))
    repeated = differences.noise_variance(
        replicates[:, :2].ravel(), np.empty((8000, 0)), np.repeat(hashes, 2)
    )
    assert repeated == pytest.approx(0.36, rel=0.05)


@pytest.mark.parametrize("seeds", [1, 2])
def test_columns_of_effects_by_model_and_ensemble(tmp_path, seeds):
    """Held-out rows at random, in which pairs are near by chance, and tables of effects."""
    members = [member(seed, length=6) for seed in range(seeds)]
    model, calibrations = calibrated(members, noise=0.05, rows=3000)
    path = tmp_path / "calibration.safetensors"
    calibration.save_to(calibrations[0], path)
    again = calibration.load(path).differences
    assert again[0][ONE].ratios.tolist() == calibrations[0].differences[0][ONE].ratios.tolist()
    if seeds > 1:
        return
    random = np.random.default_rng(2)
    codes = random.integers(4, size=(300, 6), dtype=np.uint8)
    texts = strings(codes), strings(variants.at_random(codes, 1))
    rows = pa.table(
        {
            **{name: pa.nulls(300, VARIANT.field(name).type) for name in VARIANT.names},
            **{"reference": texts[0], "alternative": texts[1]},
            "strand": ["both" if i == 3 else "+" for i in range(300)],
            "note": ["2 N"] * 300,
        }
    )
    scored = variants.score(model, rows, calibrations, 0.9)
    assert scored["effect_lower"].null_count == scored["p_positive"].null_count == 1
    known = scored["effect_lower"].is_valid().to_numpy()
    low, high, positive = (
        scored[name].to_numpy()[known] for name in ("effect_lower", "effect_upper", "p_positive")
    )
    # The model is the truth of its held-out rows: measured differences differ by noise alone,
    # which repeated sequences tell.
    of_noise = norm.ppf(0.95) * 0.05 * np.sqrt(2)
    assert 0 < np.median(high - low) / 2 < 0.4 * of_noise
    (known_pairs, *_) = calibrations[0].differences[0]
    assert known_pairs.quantile(0.9) * known_pairs.weights[0] == pytest.approx(of_noise, rel=0.2)
    effect = scored["effect"].to_numpy()[known]
    assert (np.sign(positive - 0.5) * np.sign(effect) >= 0).all()
    assert {*scored["note"].to_pylist()} == {"2 N"}


def test_too_few_pairs_give_no_interval_and_say_so():
    model, calibrations = calibrated([member(1, length=24)], rows=200)
    assert calibrations[0].differences[0][ONE] is None
    codes = np.random.default_rng(2).integers(4, size=(4, 24), dtype=np.uint8)
    rows = pa.table(
        {
            **{name: pa.nulls(4, VARIANT.field(name).type) for name in VARIANT.names},
            "reference": strings(codes),
            "alternative": strings(variants.at_random(codes, 1)),
            "note": ["", "", "2 N", "2 N"],
        }
    )
    scored = variants.score(model, rows, calibrations, 0.9)
    assert scored["effect_lower"].null_count == scored["p_positive"].null_count == 4
    assert scored["note"].to_pylist()[1:3] == [
        differences.UNMEASURED,
        f"2 N; {differences.UNMEASURED}",
    ]
    other = np.random.default_rng(3).integers(4, size=(4, 24), dtype=np.uint8)
    rows = rows.set_column(rows.column_names.index("alternative"), "alternative", [strings(other)])
    scored = variants.score(model, rows, calibrations, 0.9)
    assert scored["effect_lower"].null_count == 0  # pairs that lie elsewhere are always there


def test_pairs_of_the_test_set_are_in_the_metrics(benchmark):
    data = benchmark.planted("cooperative", 0.9, 300, seed=4)
    half = data.family < 150
    table = pa.table(
        {"sequence": strings(data.codes), "score": data.score, "prediction": data.predicted}
    )
    known = data.take(half).calibrate(replicates=False)
    certain = calibration.Calibration((), {"basis": "validation set"}, None, known)
    test = table.filter(pa.array(~half))
    units = Units(data.family[~half] - 150, "groups of family")
    results = effects(test, certain, 0.9, MeasuredPairs.of(test, ["score"], units))["score"]
    kinds = {row["kind"]: row for row in results["by_kind"]}
    for row in kinds.values():
        low, high = row["coverage_band"]
        assert low - 0.02 <= row["coverage"] <= high + 0.02
        assert 0 <= row["without_zero"] <= 1
    assert kinds["one letter"]["mean_width"] < kinds["elsewhere"]["mean_width"] * 0.7
    for row in results["reliability"]:
        spare = 4 * np.sqrt(0.25 / row["n"]) + 0.05
        assert row["share_positive"] == pytest.approx(row["p_positive"], abs=spare)


def test_a_folder_without_differences_gives_none(tmp_path):
    """Calibrations that an earlier version wrote."""
    _, (single,) = calibrated([member(1)])
    path = tmp_path / "calibration.safetensors"
    calibration.save_to(dataclasses.replace(single, differences=()), path)
    assert calibration.load(path).differences == ()


def test_effects_of_a_folder_in_python(tmp_path):
    folder = saved(tmp_path / "linear" / "seed1", "linear")
    single = seq2score.load(folder)
    random = np.random.default_rng(1)
    codes = random.integers(4, size=(2000, 11), dtype=np.uint8)
    rows = pa.table({"sequence": strings(codes), "score": random.normal(size=2000)})
    ends = np.array([[-9.0], [9.0]])
    calibrations = calibrate_model(single, rows.slice(0, 50), rows, ends, "validation set")
    calibration.save_to(calibrations, folder / "calibration.safetensors")
    texts = strings(codes[:5]).to_pylist(), strings(codes[5:10]).to_pylist()
    table = seq2score.effects(tmp_path / "linear", *texts, level=0.8)
    assert table.column_names[:3] == ["reference_prediction", "alternative_prediction", "effect"]
    difference = single.predict(texts[1]) - single.predict(texts[0])
    assert table["effect"].to_numpy() == pytest.approx(difference)
    assert table["effect_lower"].null_count == 0
    with pytest.raises(InputError, match="sequence 2 "):
        seq2score.effects(folder, texts[0], [texts[1][0], "ACG"])
