"""Contrasts: what is measured of a score is measured of them, and nothing is found in noise."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from factories.calibration import calibrated
from factories.models import member
from seq2score.evaluation.advice import warnings
from seq2score.evaluation.contrasts import NOTHING, measure_contrasts
from seq2score.evaluation.resampling import every_row
from seq2score.figures import outputs
from seq2score.figures.parity import panels_of
from seq2score.inference.contrasts import Contrasts, single
from seq2score.sequences.encoding import strings
from seq2score.settings.datasets import Contrast
from seq2score.variants import effects
from seq2score.variants.rows import VARIANT

SECTION = {"specific": {"a": 1.0, "b": -0.5, "c": -0.5}}


def planted(seed, specific, rows=600, noise=0.5):
    """Three conditions that share most, two replicates each, and a model that is noisy."""
    random = np.random.default_rng(seed)
    shared, specific_part = random.normal(size=rows) * 2, random.normal(size=rows) * specific
    columns = {"id": [str(i) for i in range(rows)]}
    for name in "abc":
        truth = shared + (specific_part if name == "a" else 0)
        each = [truth + random.normal(size=rows) * noise for _ in range(2)]
        columns |= {name: np.mean(each, axis=0), f"{name}1": each[0], f"{name}2": each[1]}
        columns[f"prediction_{name}"] = truth + random.normal(size=rows) * noise
    return pa.table(columns)


REPLICATES = {name: [f"{name}1", f"{name}2"] for name in "abc"}


def test_weights_of_the_config():
    assert Contrast(high="a", low=["b", "c"]).weights == SECTION["specific"]
    assert Contrast(after="x", before="y").weights == {"x": 1.0, "y": -1.0}


def test_a_contrast_is_a_score_alone():
    table = planted(1, 1.0)
    alone, columns = single(table, "specific", SECTION, replicates=REPLICATES)
    values = {name: table[name].to_numpy() for name in table.column_names if name != "id"}
    expected = values["a"] - (values["b"] + values["c"]) / 2
    assert alone["score"].to_numpy() == pytest.approx(expected)
    assert np.mean([alone[name].to_numpy() for name in columns], axis=0) == pytest.approx(expected)
    assert alone["id"].to_pylist() == table["id"].to_pylist()
    metrics = measure_contrasts(table, SECTION, units=every_row(600), replicates=REPLICATES)
    measured = metrics["specific"]
    predicted = values["prediction_a"] - (values["prediction_b"] + values["prediction_c"]) / 2
    assert measured["pearson"] == pytest.approx(np.corrcoef(expected, predicted)[0, 1])
    # Of the contrast's variance 1, noise adds 1.5 x 0.25 / 2.
    assert measured["ceiling_r2"] == pytest.approx(1 / (1 + 1.5 * 0.125), abs=0.05)
    assert measured["finding"].startswith("conditions are told apart: r = 0.")
    shared = measure_contrasts(table, {"mean": {"a": 0.5, "b": 0.5}}, units=every_row(600),
                               replicates=REPLICATES)["mean"]  # fmt: skip
    assert shared["ceiling_r2"] > measured["ceiling_r2"]


def test_nothing_is_found_where_conditions_differ_by_noise_alone():
    said = []
    for seed in range(40):
        table = planted(seed, 0.0, rows=150)
        metrics = measure_contrasts(table, SECTION, units=every_row(150))["specific"]
        said.append(metrics["finding"] == NOTHING)
    assert np.mean(said) >= 0.9  # one in forty is to be found by chance


def test_a_model_that_cannot_tell_conditions_apart_is_warned_of():
    scores = {"r2": 0.9, "n": 100}
    floor = {**scores, "validation": {"r2": 0.1}, "contrasts": {"x": {"r2": 0.3}}}
    metrics = {**scores, "validation": {"r2": 0.9}, "train": {"r2": 0.9}}
    for finding, r2, sentence in [
        (NOTHING, -0.1, f"contrast x: {NOTHING}"),
        ("conditions are told apart", 0.2, "contrast x: does not beat floor"),
        ("conditions are told apart", 0.5, None),
    ]:
        contrasts = {"x": {"finding": finding, "r2": r2}}
        sentences = warnings(metrics | {"contrasts": contrasts}, [], [], {"floor": floor})
        assert [s for s in sentences if s.startswith("contrast")] == [sentence] * bool(sentence)


def test_contrasts_of_logarithms():
    contrasts = Contrasts.of({"x": {"a": 1.0, "b": -1.0}}, ["a", "b"], "log2")
    values = np.array([[8.0, 2.0], [0.0, 1.0]])
    extended = contrasts.extended(values)
    assert extended[0].tolist() == [8, 2, 2] and np.isnan(extended[1, 2])
    partly = Contrasts.of({"x": {"a": 1.0}}, ["a", "b"]).extended(np.array([[1.0, np.nan]]))
    assert partly[0, 2] == 1.0


def test_parity_has_a_panel_of_it():
    table, labels = planted(1, 1.0), {name: name for name in "abc"}
    metrics = {"contrasts": {"specific": {"r2": 0.5, "r2_ci": [0.4, 0.6]}}}
    panels = panels_of("m", "seed1", table, metrics, labels, SECTION)
    assert [panel.output for panel in panels] == ["a", "b", "c", "specific"]
    assert panels[-1].metrics["r2"] == 0.5
    assert panels[-1].score == pytest.approx(single(table, "specific", SECTION)[0]["score"])


def test_effects_of_contrasts_have_intervals():
    section = {"x": {"a": 1.0, "b": -1.0}}
    model, calibrations = calibrated(
        [member(1, length=6, outputs=["a", "b"])], noise=0.05, rows=1500, contrasts=section
    )
    codes = np.random.default_rng(2).integers(4, size=(50, 6), dtype=np.uint8)
    rows = pa.table(
        {
            **{name: pa.nulls(50, VARIANT.field(name).type) for name in VARIANT.names},
            "reference": strings(codes),
            "alternative": strings(effects.at_random(codes, 1)),
            "note": [""] * 50,
        }
    )
    contrasts = Contrasts.of(section, ["a", "b"])
    scored = effects.score(model, rows, calibrations, 0.9, contrasts)
    difference = scored["effect_a"].to_numpy() - scored["effect_b"].to_numpy()
    assert scored["effect_x"].to_numpy() == pytest.approx(difference)
    assert scored["effect_lower_x"].null_count == scored["p_positive_x"].null_count == 0
    assert "effect_x" not in effects.score(model, rows, calibrations, 0.9).column_names


def test_scores_against_scores(tmp_path):
    table = planted(1, 1.0)
    values = np.stack([table[name].to_numpy() for name in "abc"], axis=1)
    assert outputs.correlations(values) == pytest.approx(np.corrcoef(values.T))
    values[:300, 0] = np.nan
    each = outputs.correlations(values)
    assert each[0, 1] == pytest.approx(np.corrcoef(values[300:, :2].T)[0, 1])
    assert np.isnan(outputs.correlations(np.ones((5, 2)))[0, 1])
    path = tmp_path / "predictions.parquet"
    pq.write_table(table, path)
    names = {name: f"cells of {name}" for name in "abc"}
    drawing = outputs.draw_files(["m", "n", "o"], [path] * 3, names)
    titles = [axes.get_title(loc="left") or axes.get_title() for axes in drawing.axes]
    assert titles[0].startswith("measured") and titles[3].startswith("predicted by o")
