"""The steps of interpretation: their tables, their figures, and what a filter is worth."""

import runpy
import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from seq2score.errors import InputError
from seq2score.figures import filters as figures
from seq2score.figures import motif_effects, mutagenesis, theme
from seq2score.figures.logos import draw_letters
from seq2score.figures.motif_effects import plot_motif_effects as draw_effects
from seq2score.figures.mutagenesis import Mutated
from seq2score.figures.mutagenesis import plot_mutagenesis as draw_mutagenesis
from seq2score.motifs import matches, perturbation, recovery, scanning, tables
from seq2score.motifs.database import Database
from seq2score.motifs.importance import importance, silenced
from seq2score.motifs.mutagenesis import motif_positions
from seq2score.motifs.sites import Sites
from seq2score.motifs.words import word_logo
from seq2score.sequences import synthetic
from seq2score.sequences.encoding import encode, one_hot
from seq2score.tables import read, read_rows, write


class TwoFilters(torch.nn.Module):
    """Responds to TAT with 10, and to every A with a hundredth; the score is their sum."""

    def __init__(self):
        super().__init__()
        weights = torch.full((2, 4, 3), -100.0)
        weights[0, [3, 0, 3], [0, 1, 2]] = 10 / 3
        weights[1] = 0
        weights[1, 0, 0] = 0.01
        self.first_filters = torch.nn.Parameter(weights)

    @property
    def scanning(self):
        return self

    def first_activations(self, letters):
        return torch.relu(torch.nn.functional.conv1d(letters, self.first_filters))

    def forward(self, letters):
        return self.first_activations(letters).sum(dim=(1, 2))


class Predicts:
    def __init__(self):
        self.network = TwoFilters()

    def predict(self, codes, inputs=None):
        with torch.inference_mode():
            return self.network(torch.from_numpy(one_hot(codes))).double().numpy()


@pytest.fixture
def codes():
    return np.random.default_rng(1).integers(0, 4, (500, 8), dtype=np.uint8)


def test_importance_is_the_fall_of_r2(codes):
    predictor = Predicts()
    scores = predictor.predict(codes)[:, None]
    falls = importance(predictor, codes, scores, np.zeros((len(codes), 0), "f4"))
    with silenced(predictor.network, 0):
        without = predictor.predict(codes)
    wrong, spread = ((without - scores[:, 0]) ** 2).sum(), ((scores - scores.mean()) ** 2).sum()
    assert falls[0] == pytest.approx(wrong / spread) and falls[0] > 0.5
    assert 0 < falls[1] < 1e-3
    np.testing.assert_array_equal(predictor.predict(codes), scores[:, 0])


def learned(*words: str, sites: int = 100) -> tables.Filters:
    """Filters that saw nothing but these words, one without sites where the word is empty."""
    width = max(map(len, words))
    counts = np.stack(
        [sites * (word_logo(word) > 0) if word else np.zeros((4, width)) for word in words]
    )
    results = Sites(counts.astype(float), *np.zeros((2, len(words))), np.full(4, 0.25))
    return scanning.filters_of(0.5 - counts / sites, results, pseudocount=1)


def test_tables_of_filters(tmp_path):
    filters = learned("TAT", "", "GCG")
    rows = tables.describe(filters, np.zeros(3), np.array([1.0, 0, 2]), np.array([0.1, 0, 0.5]))
    assert [row["filter"] for row in rows] == [2, 0, 1]
    assert [row["consensus"] for row in rows] == ["GCG", "TAT", "NNN"]
    assert [row["state"] for row in rows] == ["ok", "ok", "dead"]
    assert rows[2]["information_content"] == 0 < 5 < rows[0]["information_content"] < 6
    tables.write_positions(filters, tmp_path / "matrices.tsv")
    back = tables.read_positions(tmp_path / "matrices.tsv")
    np.testing.assert_array_equal(back.sites, [100, 0, 100])
    for name in ["weights", "counts", "ppms", "bits", "logos"]:
        np.testing.assert_allclose(getattr(back, name), getattr(filters, name), rtol=1e-5)


def test_planted_motifs_are_matched_and_recovered(tmp_path):
    planted = ["TATAA", "GCGCC"]
    rows = matches.match_planted(learned("TATAA", "", "GACAC"), planted, False)
    assert [(r["filter"], r["motif"]) for r in rows if r["match"]] == [(0, "TATAA")]
    write(rows, tmp_path / "matches.tsv", matches.COLUMNS)
    matched = read_rows(tmp_path / "matches.tsv")
    states = [{"state": state} for state in ("ok", "dead", "ok")]
    motifs = recovery.recovery(states, matched, planted)
    assert [row["found"] for row in motifs] == [1, 0, 0.5]
    assert [row["filters"] for row in motifs] == [0.5, 0, 0.5]
    assert motifs[0]["best_filter"] == 0 and motifs[0]["best_score"] == pytest.approx(1, abs=0.01)
    assert motifs[1]["best_filter"] is None and motifs[1]["best_score"] is None
    seeds = [{"model": "cnn", "seed": seed, **row} for seed in [1, 2] for row in motifs]
    mean = recovery.over_seeds(seeds)
    assert [row["found"] for row in mean] == [1, 0, 0.5]


def test_a_database_without_the_expected_motif():
    database = Database(["a"], ["A"], [np.full((4, 3), 0.25)])
    with pytest.raises(InputError, match=r"interpretation\.expected.*MA0139\.2"):
        matches.match_database(learned("TAT"), database, ["MA0139.2"], False, 1)


def test_filters_of_every_kind_are_drawn_without_a_warning(tmp_path):
    filters = learned("TAT", "", "GCN")
    metadata = tables.describe(filters, *np.zeros((2, 3)), np.array([0.3, 0.2, 0.1]))
    metadata[2]["state"], metadata[2]["sites"] = "few sites", 7
    write(metadata, tmp_path / "filters.tsv")
    panels = figures.panels_of(read(tmp_path / "filters.tsv"), filters, {0: "TAT"})
    top = figures.with_importance(panels.part(0, 2), [0.3, -0.001], "R²")
    assert top.names == ["filter 0\n\N{MINUS SIGN}0.3 R²", "filter 1\n+0.001 R²"]
    assert panels.captions == ["100 sites\n≈ TAT", "dead: no site", "only 7 sites"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for page in [
            figures.plot_heatmaps(panels, "ACGU", "cnn, seed 17"),
            figures.plot_logos(panels, "ACGU", "cnn, seed 17"),
        ]:
            theme.save(page, tmp_path / "page.png")
            assert page.get_suptitle() == "cnn, seed 17"
            labels = {t.get_text() for axes in page.axes for t in axes.get_yticklabels()}
            assert "U" in labels and "T" not in labels


def test_letters_stand_on_each_other_the_highest_on_top():
    _, axes = theme.figure()
    heights = np.array([[0.5, -1], [1.5, 0], [0, 0], [0.25, -0.5]])
    draw_letters(axes, heights, np.arange(2), "ACGU")
    boxes = {
        (round(box.y0, 6), round(box.y1, 6))
        for patch in axes.patches
        for box in [patch.get_path().get_extents()]
    }
    assert boxes == {(0.25, 0.75), (0.75, 2.25), (0, 0.25), (-1.5, -0.5), (-0.5, 0)}


def test_letters_are_where_an_axis_that_scales_itself_ends():
    _, axes = theme.figure()
    draw_letters(axes, np.array([[2.0, 0], [0, 0], [0, 0], [0, -1]]), np.array([3, 7]), "ACGT")
    np.testing.assert_allclose(axes.dataLim.extents, [2.54, -1, 7.46, 2])


def test_effects_and_mutations_are_drawn(tmp_path):
    rows = [
        {"model": model, "motif": "$TAT", "output": "score", "effect": 1.0, "truth": truth}
        | {"effect_low": 0.5, "effect_high": 1.5, "backgrounds": 2000, "seed": 17}
        for model, truth in [("linear", None), ("cnn", 1.2)]
    ]
    drawing = draw_effects(rows, ["linear", "cnn"], {"score": "activity (a.u.)"})
    assert "activity (a.u.)" in drawing.axes[0].get_xlabel()
    assert "95% interval over up to 2,000 random sequences" in drawing.get_supxlabel()
    theme.save(drawing, tmp_path / "effects.png")
    theme.save(draw_effects([], ["linear"], {}), tmp_path / "none.png")
    sequences = [
        Mutated("$id_1$", "ACGN", np.zeros((4, 4)), strength * np.ones(4)) for strength in (1, 5)
    ]
    drawing = draw_mutagenesis(sequences, "ACGT", "score", "cnn, seed 17")
    assert drawing.axes[1].get_ylim() == drawing.axes[3].get_ylim()
    theme.save(drawing, tmp_path / "mutagenesis.png")
    assert (tmp_path / "mutagenesis.svg").exists() and (tmp_path / "effects.svg").exists()


def test_sequences_to_mutate():
    scores, predicted = np.array([1.0, 5, np.nan, 0]), np.array([1.0, 2, 3, -4])
    chosen = perturbation.choose_rows(
        list("abcd"), scores, predicted, ["best", "worst", "most_wrong", "b"]
    )
    assert chosen == {2: "best", 3: "worst, most_wrong", 1: "b"}
    assert perturbation.choose_rows(list("abcd"), scores, predicted, ["zz"]) == {}


def test_sequences_of_other_parts_are_mutated(tmp_path):
    for part, ids in {"train": ["a", "b"], "validation": ["c"]}.items():
        rows = {"id": ids, "sequence": ["ACGT"] * len(ids), "score": [1.0] * len(ids)}
        pq.write_table(pa.table(rows), tmp_path / f"{part}.parquet")
    parts = [str(tmp_path / f"{part}.parquet") for part in ("train", "validation")]
    rows = perturbation.find_rows(["c", "a"], parts)
    assert [(row["id"], row["part"]) for row in rows] == [("c", "validation"), ("a", "train")]
    scores = {"classes": None, "outputs": ["score"]}
    assert perturbation.describe_row(rows[0], scores, 0) == {
        **{"why": "c", "id": "c", "part": "validation", "score": 1.0}
    }
    classes = {"classes": ["x", "y"], "outputs": ["score"]}
    assert perturbation.describe_row(rows[0] | {"score": "y"}, classes, 1)["score"] == 1
    assert perturbation.find_rows([], parts) == []
    with pytest.raises(InputError, match=r"interpretation\.mutate: no sequence .* id zz"):
        perturbation.find_rows(["zz"], parts)


def test_insertions_beside_their_truth(codes):
    rows = perturbation.insert_motifs(
        lambda c: Predicts().predict(c)[:, None], lambda c: np.zeros((len(c), 1)), ["score"],
        ["UAU", "A" * 9], codes, np.ones(8, bool),
    )  # fmt: skip
    assert [row["motif"] for row in rows] == ["UAU"]
    assert (rows[0]["first"], rows[0]["last"]) == (1, 8)
    assert 8 < rows[0]["effect_low"] < rows[0]["effect"] < rows[0]["effect_high"] < 11
    assert rows[0]["truth"] == 0 and rows[0]["backgrounds"] == 500


def test_attribution_finds_the_motif(codes):
    results = perturbation.attribution_auroc(Predicts().predict, Predicts().predict, codes, ["TAT"])
    assert results["auroc"] == results["auroc_of_rule"] > 0.99
    held = sum("TAT" in "".join("ACGT"[c] for c in row) for row in codes)
    assert 0 < results["sequences"] <= held


def test_the_rule_of_classes():
    task = {"motif_effects": {"TAT": 10, "GCG": -10}}
    rule = synthetic.rule_of(task, ["GCG", "TAT", "TAT+GCG", "none"])
    classes = rule(encode(["TATGCG", "AAAAAA", "AAATAT"]))
    np.testing.assert_array_equal(classes, [[0, 0, 1, 0], [0, 0, 0, 1], [0, 1, 0, 0]])


def test_rows_of_several_models_are_joined(tmp_path):
    for name in "ab":
        write([{"motif": "TAT", "effect": 1.5}], tmp_path / name)
    rows = motif_effects.joined([tmp_path / "a", tmp_path / "b"], [("cnn", 1), ("cnn", 2)])
    assert [(row["seed"], row["effect"]) for row in rows] == [(1, 1.5), (2, 1.5)]


def test_the_example_plants_motifs_where_it_says_so():
    path = Path(__file__).parent.parent / "examples" / "plant_motifs.py"
    example = runpy.run_path(str(path), run_name="example")
    words = {"a": "TTAGGCTA", "b": "CCATGCAATTGGACC"}
    ppms = {name: word_logo(word) / 2 for name, word in words.items()}
    codes, held = example["plant"](ppms, np.random.default_rng(1))
    assert codes.shape == (20_000, 100)
    for name, word in words.items():
        assert 0.23 < held[name].mean() < 0.27
        inside, number = motif_positions(codes, [word])
        assert (number[held[name]] >= 1).all() and number[~held[name]].sum() < 20
        assert inside[held[name]].any(axis=0).sum() > 60


def test_ids_that_look_like_numbers_stay_as_they_are(tmp_path):
    rows = perturbation.mutate(
        lambda codes: np.zeros(len(codes)),
        encode(["ACG"]),
        [
            {"why": "007", "id": "007", "output": "score", "score": -1.0, "prediction": 0.5}
            | {"part": "test"}
        ],
    )
    write(rows, tmp_path / "mutagenesis.tsv")
    sequence = mutagenesis.mutated(
        read(tmp_path / "mutagenesis.tsv", ["why", "id"]), {"score": "activity"}
    )
    assert sequence.title == "007, chosen: activity \N{MINUS SIGN}1, predicted 0.5"
    assert sequence.letters == "ACG" and sequence.changes.shape == (4, 3)


@pytest.mark.parametrize(("part", "said"), [("train", "of the train set"), ("new.fa", "of new.fa")])
def test_figures_say_where_mutated_sequences_come_from(tmp_path, part, said):
    metadata = {"why": "s", "id": "s", "output": "score", "score": None, "prediction": 0.5}
    rows = perturbation.mutate(
        lambda codes: np.zeros(len(codes)), encode(["ACG", "TTT"]), [metadata | {"part": part}] * 2
    )
    write(rows, tmp_path / "mutagenesis.tsv")
    first, second = mutagenesis.each(read(tmp_path / "mutagenesis.tsv"))
    sample = mutagenesis.mutated(second, {"score": "activity"})
    assert sample.title == f"s, {said}: activity not measured, predicted 0.5"
    assert sample.letters == "TTT" and mutagenesis.mutated(first, {}).letters == "ACG"
