"""Figures can be drawn from what runs give, odd cases too. How they look is looked at."""

import json
import re

import numpy as np
import pyarrow as pa
import pytest
from sklearn import metrics as sklearn_metrics

from seq2score import tables
from seq2score.design.goals import BEYOND
from seq2score.figures import (
    classification,
    loss_curves,
    parity,
    parity_interactive,
    score_distribution,
    summary_data,
    summary_page,
    theme,
)
from seq2score.sequences.inputs import Inputs
from seq2score.splits import summary

PAGE = parity_interactive.PAGE.read_text()
MODELS = ["linear", "cnn"]


def texts(figure):
    return [t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text"))]


def history(first, last):
    loss = np.linspace(first, last, 5)
    return {"epoch": np.arange(1, 6), "train_loss": loss, "validation_loss": loss * 1.1}


def panel(model="cnn", rows=30, output="score"):
    random = np.random.default_rng(1)
    score = random.normal(size=rows)
    metrics = {"r2": 0.949, "r2_ci": [0.947, 0.951]}
    predicted = score + random.normal(size=rows)
    return parity.Panel(model, "seed3", output, "activity (a.u.)", score, predicted, metrics)


def test_loss_curves_are_dashed_for_train_and_solid_for_validation():
    histories = {"linear": [history(10, 9)], "cnn": [history(10, 1), history(9, 1)]}
    figure = loss_curves.draw(histories, dict.fromkeys(MODELS, "mse"), MODELS)
    axes = figure.axes[0]
    assert axes.get_yscale() == "log"
    assert [line.get_linestyle() for line in axes.lines] == ["--", "-"] * 3
    colours = [line.get_color() for line in axes.lines]
    assert (
        colours
        == [theme.style_of("linear", MODELS)["color"]] * 2
        + [theme.style_of("cnn", MODELS)["color"]] * 4
    )


def test_losses_below_zero_are_drawn_on_an_even_scale():
    figure = loss_curves.draw({"cnn": [history(1, -2)]}, {"cnn": "poisson"}, MODELS)
    assert figure.axes[0].get_yscale() == "linear"


def test_each_parity_panel_has_the_line_and_r2_in_its_title():
    shown = [panel("linear"), panel("cnn")]
    for item in shown:
        item.metrics.update(ceiling_r2=0.93, ceiling_r2_ci=[0.9, 0.95])
    figure = parity.draw(shown, MODELS)
    for axes, model in zip(figure.axes, MODELS, strict=True):
        assert axes.get_title(loc="left") == f"{model}, seed 3\nR² = 0.949 (0.947 to 0.951)"
        assert "95% interval" in figure.get_supxlabel()
        assert axes.get_xlabel() == "Measured activity (a.u.)"
        assert axes.get_ylabel() == "Predicted activity (a.u.)"
        assert (axes.lines[0].get_xdata() == axes.lines[0].get_ydata()).all()
        assert axes.get_xlim() == axes.get_ylim() == figure.axes[0].get_xlim()
    assert "noise ceiling: R² = 0.93 (0.90 to 0.95)" in texts(figure)


def test_parity_leaves_out_what_was_not_measured():
    some = panel("linear")
    some.score[:7] = np.nan
    axes = parity.draw([some, panel("cnn")], MODELS).axes[0]
    assert len(axes.collections[0].get_offsets()) == len(some.score) - 7
    assert np.isfinite(axes.get_xlim()).all()


def test_a_smoothed_distribution_keeps_its_mass_within_the_range():
    random = np.random.default_rng(1)
    for values in [random.exponential(size=999), np.repeat([0.0, 1.0], 50), np.zeros(9)]:
        grid = np.linspace(values.min(), values.max() + 1e-9, 512)
        density = score_distribution.smoothed(values, grid)
        assert density.sum() * (grid[1] - grid[0]) == pytest.approx(1)


@pytest.mark.parametrize("classes", [None, 1, 4, 40])
def test_score_distributions_of_any_number_of_classes(tmp_path, classes):
    random = np.random.default_rng(1)
    part = random.choice(score_distribution.PARTS, size=200)
    motifs = None if classes is None else np.array([f"M{i % classes}" for i in range(200)])
    score = random.normal(size=200)
    score[:5] = np.nan
    theme.save(score_distribution.draw({"a": score, "b": score}, part, motifs), tmp_path / "a.png")


def test_the_distribution_of_classes_says_of_what_they_are():
    part = np.array([*score_distribution.PARTS, "test"])
    figure = score_distribution.draw_labels(np.array(["a", "b", "a", "a"]), part, "cell type")
    assert figure.axes[0].get_ylabel() == "cell type"


def points(page):
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(text.group(1))


def test_the_interactive_page_holds_every_point_and_no_address():
    page = parity_interactive.page([panel()], MODELS, ["a"] * 30, ["ACGT"] * 30)
    assert len(points(page)["id"]) == 30
    assert "http" not in page


def test_above_20000_points_the_page_shows_a_sample_and_says_so():
    many = ["A"] * 20_500
    page = parity_interactive.page([panel(rows=20_500)], MODELS, many, many)
    assert len(points(page)["scores"]["score"]) == 20_000
    assert "A random sample of 20,000 of the 20,500" in points(page)["about"]


@pytest.mark.parametrize("text", ["</script><script>x()</script>", "<!--<script>", "é\u2028\\"])
def test_text_of_the_table_stays_text(text):
    page = parity_interactive.page([panel(rows=1)], MODELS, [text], ["A"], {text: [text]})
    assert points(page)["id"] == [text]
    assert page.count("<script") == PAGE.count("<script")


@pytest.mark.parametrize("classes", [2, 3, 15])
def test_classes_can_be_drawn_even_one_that_the_test_set_lacks(tmp_path, classes):
    random = np.random.default_rng(1)
    label = random.integers(classes - 1, size=200)
    probability = random.dirichlet(np.ones(classes), 200)
    metrics = dict.fromkeys(["accuracy", "auroc", "auprc"], 0.5)
    metrics |= {f"{name}_ci": [0.4, 0.6] for name in metrics}
    metrics["confusion"] = np.zeros((classes, classes), int).tolist()
    names = [f"class ${i}" for i in range(classes)]
    item = classification.Predicted("cnn", "ensemble", names, label, probability, metrics)
    theme.save(classification.draw_model(item), tmp_path / "a.png")
    theme.save(classification.draw_models([item, item], MODELS), tmp_path / "b.png")


def test_the_roc_curve_is_scikit_learns():
    random = np.random.default_rng(1)
    positive, value = random.random(100) < 0.3, random.integers(20, size=100)
    false, true, _ = sklearn_metrics.roc_curve(positive, value, drop_intermediate=False)
    results = classification.roc(positive, value)
    assert results[0] == pytest.approx(false)
    assert results[1] == pytest.approx(true)
    precision, recall, _ = sklearn_metrics.precision_recall_curve(positive, value)
    results = classification.precision_recall(positive, value)
    assert results[0] == pytest.approx(recall[-2::-1])
    assert results[1] == pytest.approx(precision[-2::-1])


def summary_row(model, seed, r2, **further):
    row = dict.fromkeys(["pearson", "spearman", "mae", "train_seconds"], 0.5)
    row |= {"model": model, "seed": seed, "r2": r2, "r2_low": r2 and r2 - 0.01}
    row |= {"r2_high": r2 and r2 + 0.01, "validation_r2": r2, "parameters": 12345}
    return row | {"warnings": ""} | further


def test_the_summary_page_answers_with_the_model_that_is_best_on_validation():
    rows = [
        summary_row("linear", "1", 0.9, validation_r2=0.2),
        summary_row("<b>cnn", "1", 0.7),
        summary_row("<b>cnn", "ensemble", 0.8, warnings="does not beat <ridge>"),
        summary_row("ridge on GC", "", 0.4),
    ]
    parts = [{"part": "train", "rows": 80}, {"part": "test", "rows": 20}]
    data = summary_page.Dataset("d", "regression", rows, parts, b"png", warnings=["a <leak>"])
    page = summary_page.page([data])
    assert "&lt;b&gt;cnn, the best on the validation set, reaches R² 0.800" in page
    for result in ["100 sequences", "a &lt;leak&gt;", "does not beat &lt;ridge&gt;", "12,345"]:
        assert result in page
    assert [row["seed"] for row in summary_page.shown_runs(rows)] == ["1", "ensemble", ""]


def test_the_summary_page_counts_the_rows_of_sets_alone():
    parts = summary.of_the_table({"rows": 9, "merged": 2, "rejected": 1, "renamed": {"id": "a"}})
    sizes = {"train": 3, "validation": 1, "test": 2}
    parts = [{"part": part, "rows": count, "note": ""} for part, count in sizes.items()] + parts
    result = summary_data.warnings([{"shared_with_test": None, **part} for part in parts], {})
    rows = [summary_row("cnn", "1", 0.9)]
    data = summary_page.Dataset("d", "regression", rows, parts, b"", warnings=result)
    page = summary_page.page([data])
    assert "of 6 sequences? (3 train, 1 validation, 2 test, 1 rejected, 2 merged)" in page
    assert "<li>2 rows hold the sequence of another row, which has their mean.</li>" in page


def test_whole_oligos_are_no_news_where_the_config_keeps_them():
    (part,) = summary.of_adapters({"left": "ACGTACGT", "right": ""}, 9)
    part |= {"shared_with_test": None}
    assert len(summary_data.warnings([part], {})) == 1
    assert summary_data.warnings([part], {}, "keep") == []


def test_the_summary_page_names_what_models_see_beside_letters():
    table = pa.table({"dose": [1.0, 2.0, 4.0], "<cell>": ["a", "b", "b"]})
    inputs = Inputs.fit(table, {"dose": "number", "<cell>": "category"}, {"dose": 3})
    rows = [summary_row("cnn", "1", 0.9)]
    data = summary_page.Dataset("d", "regression", rows, [], b"", inputs=inputs)
    page = summary_page.page([data])
    assert "Do their letters and dose and &lt;cell&gt; tell" in page
    assert "it is at dose 3, &lt;cell&gt; b." in page


@pytest.mark.parametrize(
    ("r2", "result"), [(None, "No model could be judged"), (-1, "No: no model")]
)
def test_the_summary_page_says_when_there_is_no_answer(r2, result):
    rows = [summary_row("linear", "1", r2)]
    assert result in summary_page.page([summary_page.Dataset("d", "regression", rows, [], b"")])


def test_the_summary_page_tells_effects_over_seeds_and_folds():
    effect = {"model": "cnn", "motif": "TAT", "output": "score", "truth": None}
    effect |= {"effect_low": 1.0, "effect_high": 3.0}
    effects = [effect | {"seed": str(seed), "effect": float(seed)} for seed in (2, 4)]
    row = summary_row("cnn", "2", 0.5, warnings="be wary of this")
    data = summary_page.Dataset(
        "d", "regression", [row], [], b"", effects, logos=b"png", logos_of="cnn, seed 2"
    )
    message = summary_page.page([data])
    assert "lowest to highest seed" in message
    order = [
        "What was learned",
        "filters of cnn, seed 2",
        "lowest to highest",
        "Models, on",
        "wary",
    ]
    places = [message.index(text) for text in order]
    assert places == sorted(places)
    assert "3.000 (2.000 to 4.000)" in message
    row = dict.fromkeys(["r2", "pearson", "spearman", "mae"], 0.5) | {"model": "cnn"}
    row |= {f"folds_{name}_sd": 0.1 for name in row}
    message = summary_page.page([summary_page.Folds("d", "regression", [row], 5, b"")])
    assert "5 folds" in message
    assert "0.500 ± 0.100" in message


def test_the_summary_page_holds_back_what_a_model_below_its_floor_has_learned():
    effect = {"motif": "TAT", "output": "score", "truth": None, "seed": "1", "effect": 2.0}
    effect |= {"effect_low": 1.0, "effect_high": 3.0}
    floor = summary_row("ridge on k-mers", "", 0.6)
    models = [summary_row("cnn", "1", 0.7), summary_row("linear", "1", 0.5)]
    effects = [effect | {"model": row["model"]} for row in models]

    def page_of(rows):
        findings = {row["model"]: ["TAT raises it."] for row in rows}
        return summary_page.page(
            [
                summary_page.Dataset(
                    "d", "regression", [*rows, floor], [], b"", effects, findings, logos=b"png"
                )
            ]
        )

    good = page_of(models)
    assert "What cnn says, with R² 0.700" in good and "TAT raises it." in good
    assert good.count("<td>TAT</td>") == 1  # of the model that beats it
    poor = page_of(models[1:])
    assert (
        "Not told, as linear, the best on the validation set, does not beat ridge on k-mers" in poor
    )
    assert "TAT" not in poor and 'src="data:image/png;base64,cG5n"' not in poor


def test_the_summary_page_names_a_floor_that_does_better():
    rows = [summary_row("cnn", "1", 0.7), summary_row("ridge on GC", "", 0.9)]
    message = summary_page.page([summary_page.Dataset("d", "regression", rows, [], b"")])
    assert "; ridge on GC, which is simpler, 0.900" in message


def test_a_long_interval_has_a_line_of_its_own():
    metrics = {"r2": 0.999972, "r2_ci": [0.999961, 0.999980]}
    assert parity.title("cnn", metrics) == "cnn\nR² = 0.999972\n(0.999961 to 0.999980)"


@pytest.mark.parametrize(
    ("r2", "result"),
    [
        (0.80, "(Spearman and Brown).</p>"),
        (0.90, "within its interval: nothing is left to gain"),
        (0.95, "the ceiling does not hold here"),
    ],
)
def test_the_ceiling_is_never_told_below_a_model_that_beats_it_without_a_word(r2, result):
    ceiling = {"replicates_pearson": 0.7, "ceiling_pearson": 0.94}
    ceiling |= {"ceiling_r2": 0.88, "ceiling_r2_low": 0.85, "ceiling_r2_high": 0.91}
    rows = [summary_row("cnn", "1", r2, **ceiling)]
    page = summary_page.page([summary_page.Dataset("d", "regression", rows, [], b"")])
    assert "noise sets a ceiling of R² = 0.880 (0.850 to 0.910) and Pearson = 0.940" in page
    assert result in page


def test_a_transformed_score_is_told_on_both_scales():
    scaled = {"log2_r2": 0.9, "log2_r2_low": 0.8, "log2_r2_high": 0.95, "smeared_r2": 0.55}
    rows = [summary_row("cnn", "1", 0.49, validation_log2_r2=0.9, **scaled)]
    page = summary_page.page([summary_page.Dataset("d", "regression", rows, [], b"")])
    assert "reaches R² of log2(score) 0.900 (0.800 to 0.950)" in page
    assert "0.490" in page and "0.550 (cnn)" in page


def test_the_page_shows_the_logos_of_the_best_model(tmp_path):
    rows = [
        summary_row("cnn", "1", 0.2),
        summary_row("cnn", "2", 0.7),
        summary_row("cnn", "ensemble", 0.9),
        summary_row("linear", "1", 0.8),
    ]
    files = [tmp_path / f"d/cnn/seed{seed}/filters/top_filters.png" for seed in (1, 2)]
    for path in files:
        path.parent.mkdir(parents=True)
        path.write_bytes(path.parts[-3].encode())
    assert summary_data.best_logos(files, rows) == (b"seed2", "cnn, seed 2")
    assert summary_data.best_logos([], rows) == (b"", "")


def test_the_page_says_that_all_designs_lie_beyond_what_was_measured(tmp_path):
    path = tmp_path / "cnn/design/strong.tsv"
    path.parent.mkdir(parents=True)
    beyond = f"the judge says less; {BEYOND}"
    for notes, expected in [
        ([beyond, beyond], [f"cnn: all designs `strong` are {BEYOND}"]),
        ([beyond, ""], []),
        ([], ["cnn: no designs `strong`, for the model does not beat what is simpler"]),
    ]:
        tables.write([{"id": "a", "note": note} for note in notes], path, ["id", "note"])
        assert summary_data.design_warnings(path) == expected
