"""What a model's card says follows from the run, and says no more."""

import pytest

from factories.models import record
from seq2score.evaluation.card import card
from seq2score.task import TASKS

RECORD = record("linear") | {
    **{"dataset": "library", "model": "linear", "seed": 3, "parameters": 1045, "threads": 1},
    **{"versions": {"torch": "2.13.0"}, "seq2score": "0.1.0", "git_commit": None},
    **{"device": "cpu", "best_epoch": 7},
}
PARTS = [
    {"part": "train", "rows": 1600, "score_min": -1.25, "score_max": 4.5, "note": "12 dropped"},
    {"part": "test", "rows": 400, "score_min": -1.0, "score_max": 4.0, "note": ""},
]
SPLIT = {"method": "random", "test_fraction": 0.2, "folds": None}


def text_of(source="library.csv", warnings="", split=SPLIT, ceiling=None, seed="3", **changes):
    metadata = RECORD | changes
    task = TASKS["classification" if metadata["classes"] else "regression"]
    values = dict.fromkeys(task.metrics, 0.7)
    metrics = {"n": 400, **values, **{f"{name}_ci": [0.6, 0.8] for name in values}}
    metrics |= {"validation": values, "coverage": 0.912}
    summary = [
        {"model": "linear", "seed": "17", "warnings": "of another seed", **values},
        {"model": "linear", "seed": seed, "warnings": warnings, **values},
        {"model": "ridge on k-mers", "seed": "", "warnings": "", **dict.fromkeys(values, 0.4)},
    ]
    if ceiling:
        names = ["ceiling_r2", "ceiling_r2_low", "ceiling_r2_high", "ceiling_pearson"]
        summary[1] |= dict.fromkeys([*names, "replicates_pearson"], ceiling)
    return card(metadata, metrics, summary, PARTS, split, source)


def test_a_card_names_the_members_of_a_blend():
    members = [{"name": "kernel", "architecture": "kernel", "options": {"kmers": 6}}]
    members.append({"name": "mine", "architecture": "trees", "options": {}})
    text = text_of(architecture="blend", options={"members": members})
    assert "of the family `blend` (kernel, of `kernel` and mine, of `trees`) with" in text


def test_a_card_says_data_quality_floors_and_limits():
    text = text_of(ceiling=0.93)
    for part in [
        "# linear, trained on library with seed 3\n",
        "Predicts the score of DNA sequences of 11 letters. ",
        "1,045 parameters",
        "Measured sequences from `library.csv`.",
        "Split by the method `random` (test_fraction 0.2).",
        "| train | 1,600 |",
        "train: 12 dropped",
        "On the 400 sequences of the test set",
        "| R² | 0.7 | 0.6 to 0.8 | 0.7 |",
        "91.2% hold the measured value",
        "| ridge on k-mers | 0.4 |",
        "| guessing | 0 |",
        "Replicates correlate with r = 0.93",
        "- Scores (score) beyond -1.25 to 4.5",
        "- The other strand",
        "the split is random",
        "- Diagnosis or treatment.",
        'seq2score.load("results/library/linear/seed3")',
        "seq2score 0.1.0; torch 2.13.0; on cpu with 1 thread(s), 7 epoch(s)",
    ]:
        assert part in text
    assert "of another seed" not in text
    assert "Be wary" not in text
    assert text.endswith("\n") and "None" not in text


def test_warnings_of_the_run_stand_there_and_forbid():
    warnings = "validation r2 is not above 0; was still improving when its epochs ended"
    text = text_of(warnings=warnings)
    assert "**Be wary**: was still improving when its epochs ended." in text
    assert "- Predictions to rely on: validation r2 is not above 0." in text
    assert "rely on: was still" not in text


@pytest.mark.parametrize(
    ("changes", "said", "unsaid"),
    [
        ({"reverse_complement": "average"}, "Causes", "The other strand"),
        ({"source": None}, "follow a rule that was made up", "Diagnosis"),
        ({"split": {"method": "group", "column": "gene"}}, "its own test set", "is random"),
        ({"classes": ["no", "yes"]}, "the class (no, yes)", "beyond"),
        ({"alphabet": "rna"}, "RNA sequences", "A, C, G, T "),
        ({"length": {"pad": "left"}}, "up to 11 letters", "at least"),
        ({"length": {"crop": 11}}, "at least 11 letters", "up to"),
        ({"flanks": {"left": "AC", "right": ""}}, "between AC…", "nothing"),
    ],
)
def test_a_card_follows_the_model(changes, said, unsaid):
    text = text_of(**changes)
    assert said in text
    assert unsaid not in text


def test_a_card_names_the_datasets_that_a_model_has_learned_from():
    assert "several datasets" not in text_of()
    text = text_of(together={"library": 1600, "other": 12000})
    assert "1,600 train rows of library, 12,000 train rows of other." in text
