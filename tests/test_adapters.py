"""Libraries of whole oligos: found, said where it is read, and not asked about as inserts."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2score.errors import InputError
from seq2score.sequences import adapters
from seq2score.settings.resolve import resolve
from seq2score.splits import preflight, summary

LEFT, RIGHT = "ACTGGCCGCTTGACG", "CACTGCGGCTCC"
random = np.random.default_rng(1)


def inserts(rows=400, length=30):
    return ["".join(text) for text in random.choice([*"ACGT"], (rows, length))]


OLIGOS = [LEFT + insert + RIGHT for insert in inserts()]


def ends_of(texts):
    ends = adapters.find(pa.array(texts))
    return ends["left"], ends["right"]


def test_adapters_are_what_nearly_all_begin_and_end_with():
    """One in a hundred may be a control; lengths may differ; N and few letters are no adapters."""
    left, right = ends_of(OLIGOS)
    assert left.startswith(LEFT)
    assert right.endswith(RIGHT)
    assert len(left + right) <= len(LEFT + RIGHT) + 4  # letters of inserts, by chance
    controls = inserts(4, len(OLIGOS[0]))
    assert ends_of([*OLIGOS[:396], *controls]) == ends_of(OLIGOS[:396])
    assert ends_of([*OLIGOS[:380], *inserts(20, len(OLIGOS[0]))]) == ("", "")
    assert ends_of([text[: 40 + i % 9] for i, text in enumerate(OLIGOS)]) == (left, "")
    assert ends_of([f"ACGT{text}" for text in inserts()]) == ("", "")
    assert ends_of([f"NNNNNNN{text}" for text in inserts()]) == ("", "")


def test_variants_of_one_sequence_have_no_adapters():
    """Each position is the same in nearly all rows, but no stretch is."""
    (parent,) = inserts(1, 200)
    single = [f"{parent[:i]}{b}{parent[i + 1 :]}" for i in range(200) for b in "ACGT"]
    assert ends_of([text for text in single if text != parent]) == ("", "")
    assert ends_of([parent] * 9) == ("", "")
    assert ends_of([]) == ("", "")


@given(st.lists(st.text("ACGTN", max_size=12), max_size=6), st.text("ACGT", max_size=9))
def test_what_is_found_is_there(texts, ends):
    texts = [ends + text + ends for text in texts]
    left, right = ends_of(texts)
    assert all(text.startswith(left) and text.endswith(right) for text in texts)


def test_what_to_write_is_said_with_the_letters():
    text = adapters.advice({"left": "ACGTACGT", "right": "GGATCC"})
    assert "begin with ACGTACGT and end with GGATCC" in text
    assert "`flanks: {left: ACGTACGT, right: GGATCC}`" in text
    assert "`adapters: keep`" in text
    assert "`flanks: {right: GGATCC}`" in adapters.advice({"left": "", "right": "GGATCC"})
    (row,) = summary.of_adapters({"left": "ACGTACGT", "right": ""}, 9)
    assert summary.worth_telling([row]) == [row["note"]]
    assert summary.of_adapters({"left": "", "right": ""}, 9) == []


QUESTIONS = {
    "variants": {
        "calls": {"path": "v.vcf", "genome": "g.fa"},
        "pairs": {"path": "p.tsv", "reference": "a", "alternative": "b"},
    },
    "design": {"strong": {}},
    "predict": {"peaks": {"path": "p.bed", "genome": "g.fa"}, "new": {"path": "n.fa"}},
}


@pytest.mark.parametrize(
    ("table", "refused"),
    [({}, ["predict.peaks", "variants.calls", "design.strong"]), ({"adapters": "keep"}, [])],
)
def test_questions_that_lack_adapters_wait_for_a_word(table, refused, tmp_path):
    config = {"datasets": {"d": {"table": {"path": "t.csv", **table}}}, **QUESTIONS}
    requests = resolve(config).preflight("d")
    assert sorted(requests["inserts"]) == sorted(refused)
    files = [tmp_path / name for name in ("whole.parquet", "inserts.parquet")]
    for file, texts in zip(files, [OLIGOS, inserts()], strict=True):
        pq.write_table(pa.table({"sequence": texts, "score": np.arange(400.0)}), file)
    nothing = {"ids": {}, "templates": {}, "files": [], "new": {}, "starts": {}, "counts": []}
    nothing["widths"] = {}
    preflight.refuse(requests | nothing, files[1], ["score"], files[1])
    if not refused:
        preflight.refuse(requests | nothing, files[0], ["score"], files[0])
        return
    with pytest.raises(InputError, match=f"{refused[0]}: .*left: {LEFT}.*{RIGHT}.*adapters: keep"):
        preflight.refuse(requests | nothing, files[0], ["score"], files[0])


def test_what_keeps_adapters_changes_no_table():
    """So that nothing is trained again when it is said."""
    said = {"adapters": "keep"}
    plain, kept = (
        resolve({"datasets": {"d": {"table": {"path": "t.csv", **more}}}}).datasets["d"]
        for more in ({}, said)
    )
    assert plain.table == kept.table
    assert plain.for_training() == kept.for_training()
    assert kept.facts("adapters") == said


@pytest.mark.slow
def test_a_run_of_whole_oligos(run_workflow, tmp_path):
    """Said in the terminal, until it is answered, and on the card; refused before any training."""
    rows = [f"{text},{text.count('G')}" for text in OLIGOS]
    (tmp_path / "t.csv").write_text("\n".join(["sequence,score", *rows]) + "\n")
    config = {
        "datasets": {"d": {"table": {"path": "t.csv"}}},
        "models": {"linear": {"architecture": "linear", "training": {"epochs": 2}}},
        "design": {"strong": {"count": 3, "below_floor": True}},
    }
    run = run_workflow(tmp_path, config)
    assert run.returncode != 0
    assert "design.strong: (nearly) all training sequences begin with" in run.stdout
    assert not [*tmp_path.glob("results/d/linear/*/model.json")]
    config["datasets"]["d"]["table"]["adapters"] = "keep"
    run = run_workflow(tmp_path, config)
    assert run.returncode == 0, run.stdout
    results = tmp_path / "results"
    for line in (results / "d/linear/design/strong.fasta").read_text().splitlines()[1::2]:
        assert line.startswith(LEFT)
        assert line.endswith(RIGHT)
    said = f"begin with {LEFT}"
    assert said not in (results / "summary.html").read_text(), "it is answered"
    assert said in (results / "d/linear/seed17/model_card.md").read_text()
