"""Variants: what is refused, what the windows are, and that effects are right."""

import datetime
import gzip
import math
import re
import shutil
import subprocess
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pysam
import pytest
import torch

from factories.models import RECORD
from seq2score.errors import InputError
from seq2score.inference import shares
from seq2score.inference.prediction import Ensemble, Predictor
from seq2score.models import build
from seq2score.motifs import mutagenesis
from seq2score.sequences.encoding import encode
from seq2score.sequences.vcf import Vcf
from seq2score.variants import checking, effects, gathering, measured
from seq2score.variants.annotate import annotate
from seq2score.variants.rows import Dataset

LENGTH = 24
LAST_BITS = 1e-6  # float32 rounds otherwise in a batch of another size
RULES = {"input_length": LENGTH, "length": "equal", "alphabet": "dna", "flanks": None}
SECTION = dict.fromkeys(
    [
        *("path", "reference", "alternative", "reference_id", "alternative_id", "sequence_id"),
        *("sequences", "chromosome", "position", "ref", "alt", "edit", "genome", "offset"),
        *("strand", "saturate", "id", "measured"),
    ]
) | {"sequence": "sequence", "past_end": "error", "invalid_rows": "error"}


def letters(random, size):
    return "".join(random.choice([*"ACGT"], size))


def turned(text):
    return text[::-1].translate(str.maketrans("ACGTN", "TGCAN"))


CONTIGS = {
    name: letters(np.random.default_rng(size), size)
    for name, size in {"chr1": 40_000, "chr2": 900, "chrM": 300}.items()
}


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    """Three contigs, packed by bgzip."""
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    path.write_text("".join(f">{name}\n{text}\n" for name, text in CONTIGS.items()))
    pysam.tabix_compress(str(path), f"{path}.gz")
    return f"{path}.gz"


@pytest.fixture
def library(tmp_path):
    """A dataset's own sequences, and how to check variants of it: gives variants and rejected."""
    random = np.random.default_rng(3)
    single = [letters(random, LENGTH) for _ in range(30)]
    table = pa.table({"id": [f"s{i}" for i in range(30)], "sequence": single})
    table = table.append_column("score", pa.array(random.normal(size=30)))
    pq.write_table(table, tmp_path / "sequences.parquet")
    pq.write_table(table.slice(20), tmp_path / "test.parquet")
    of = Dataset(RULES, str(tmp_path / "sequences.parquet"), str(tmp_path / "test.parquet"))

    def check(rules=RULES, **section):
        path = tmp_path / "checked.parquet"
        owned = Dataset(rules, of.sequences, of.test)
        rejected = checking.check_variants(SECTION | section, owned, path)
        return pq.read_table(path), rejected

    return check


def write(path, *rows):
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    return str(path)


def vcf(path, *rows):
    """rows: chromosome, position, id, ref, alt."""
    header = "##fileformat=VCFv4.2\n" + "".join(f"##contig=<ID={name}>\n" for name in CONTIGS)
    header += '##INFO=<ID=M,Number=A,Type=Float,Description="measured">\n'
    header += "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    lines = ("\t".join(map(str, [*row[:5], ".", ".", *(row[5:] or ["."])])) + "\n" for row in rows)
    path.write_text(header + "".join(lines))
    return str(path)


def predictor(architecture="linear", seed=1, **changes):
    torch.manual_seed(seed)
    outputs = len(changes.get("classes") or changes.get("outputs", ["score"]))
    options = {"kernel_size": 5, "hidden": 8} if architecture == "cnn" else {}
    network = build(architecture, options, LENGTH, outputs)
    record = RECORD | {"architecture": architecture, "input_length": LENGTH, "seed": seed}
    return Predictor(network, record | changes)


def window(contig, start, strand="+"):
    """What the reference and any allele look like, by hand: `offset` letters before, then cut."""
    text = CONTIGS[contig]

    def of(ref, alt):
        before = text[start - LENGTH // 2 : start]
        cut = (before + alt + text[start + len(ref) : start + 2 * LENGTH])[:LENGTH]
        return turned(cut) if strand == "-" else cut

    return of


# --------------------------------------------------------------------------------- variants of VCF
def random_sequence(random, contig):
    """A variant of any kind at a place where its window fits: position, ref, alts."""
    text = CONTIGS[contig]
    start = int(random.integers(LENGTH, len(text) - 2 * LENGTH))
    kind = random.choice(["snv", "mnv", "insertion", "deletion", "multi"])
    size = {"snv": 1, "insertion": 1, "multi": 1}.get(kind, int(random.integers(2, 6)))
    ref = text[start : start + size]
    others = [b for b in "ACGT" if b != ref[0]]
    if kind == "deletion":
        alts = [ref[0]]
    elif kind == "insertion":
        alts = [ref + letters(random, int(random.integers(1, 6)))]
    elif kind == "mnv":
        alts = [others[0] + letters(random, size - 1)]
    else:
        alts = others[: 2 if kind == "multi" else 1]
    return start + 1, ref, alts


def test_variants_of_all_kinds_and_137_wrong_refs(tmp_path, library, genome):
    random = np.random.default_rng(11)
    rows = [
        (contig, *random_sequence(random, contig))
        for contig in random.choice([*CONTIGS], 14_000, p=[0.86, 0.11, 0.03])
    ]
    rows = sorted({row[:2]: row for row in rows}.values())
    wrong = {*random.choice(len(rows), 137, replace=False).tolist()}
    shown = []
    for i, (contig, position, ref, alts) in enumerate(rows):
        if i in wrong:
            ref = "ACGT"["ACGT".index(ref[0]) - 1] + ref[1:]
            alts = ["ACGT"["ACGT".index(ref[0]) - 1]]
        shown.append((contig, position, f"v{i}", ref, ",".join(alts)))
    path = vcf(tmp_path / "all.vcf", *shown)
    section = {"path": path, "genome": genome}
    with pytest.raises(InputError, match=f"137 of {sum(s[4].count(',') + 1 for s in shown)} var"):
        library(**section)
    variants, rejected = library(**section, invalid_rows="drop")
    assert len(rows) > 10_000
    first = Vcf(tmp_path / "all.vcf")._first_line()
    assert {row["line"] - first for row in rejected} == wrong and len(rejected) == 137
    assert all("disagrees" in row["reason"] for row in rejected)
    expected = [
        (f"v{i}" + (f":{alt}" if len(alts) > 1 else ""), *pair)
        for i, (contig, position, ref, alts) in enumerate(rows)
        if i not in wrong
        for alt in alts
        for pair in [[window(contig, position - 1)(ref, a) for a in (ref, alt)]]
    ]
    names = ("id", "reference", "alternative")
    assert [*zip(*(variants[n].to_pylist() for n in names), strict=True)] == expected

    # A linear model's effect is the difference of its weights, summed by hand.
    ensemble = predictor()
    scored = effects.score(ensemble, variants)
    weights = ensemble.network.output.weight.detach().double().numpy().reshape(4, LENGTH)
    for name, before, after in expected[::97]:
        positions = [w for w, *_ in expected].index(name)
        by_hand = sum(weights["ACGT".index(b), i] for i, b in enumerate(after))
        by_hand -= sum(weights["ACGT".index(b), i] for i, b in enumerate(before))
        assert scored["effect"][positions].as_py() == pytest.approx(by_hand, abs=1e-6)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda c, p, r, a: (c, p - 1, ".", r, a), "count from 0, where they must count from 1"),
        (lambda c, p, r, a: (c, p + 1, ".", r, a), "one too high"),
        (lambda c, p, r, a: (c, p, ".", turned(r), turned(a)), "of the other strand"),
        (lambda c, p, r, a: (c, p, ".", a, r), "REF and ALT changed places"),
        (lambda c, p, r, a: (c, 900 - p, ".", r, a), "another assembly"),
        (lambda c, p, r, a: (c[3:], p, ".", r, a), "no contig '1', but 'chr1'"),
    ],
)
def test_why_refs_disagree(tmp_path, library, genome, change, cause):
    random = np.random.default_rng(2)
    places = random.choice(np.arange(50, 850), 200, replace=False)
    rows = [("chr1", p, CONTIGS["chr1"][p - 1], turned(CONTIGS["chr1"][p])) for p in places]
    rows = [
        row if row[2] != row[3] else (*row[:3], "ACGT"["ACGT".index(row[2]) - 1]) for row in rows
    ]
    path = tmp_path / "a.vcf"
    vcf(path, *(change(*row) for row in rows))
    text = path.read_text().replace("<ID=chrM>", "<ID=chrM>\n##contig=<ID=1>")
    path.write_text(text)
    with pytest.raises(InputError, match=re.escape(cause)):
        library(path=str(path), genome=genome)


def test_every_row_that_cannot_be_scored_is_listed(tmp_path, library, genome):
    text = CONTIGS["chr1"]
    at = 100
    here, other = text[at - 1], "ACGT"["ACGT".index(text[at - 1]) - 1]
    bad = [
        ("chr1", at, "a", here, "<DEL>", "symbolic"),
        ("chr1", at, "b", here, f"{here}[chr2:5[", "breakend"),
        ("chr1", at, "c", here, "*", "another record describes"),
        ("chr1", at, "d", here, ".", "has no letters"),
        ("chr1", at, "e", here, "N", "holds N"),
        ("chr1", at, "f", here, "R", "another letter"),
        ("chr1", at, "g", here, here + "A" * LENGTH, "reaches past the window"),
        ("chr1", 5, "h", text[4], "ACGT"["ACGT".index(text[4]) - 1], "reaches past chr1"),
        ("chr1", 50_000, "i", "A", "C", "lies past: chr1 has 40000 letters"),
        ("chrM", 1, "j", "G", "C", "reaches past chrM"),
    ]
    path = vcf(tmp_path / "a.vcf", ("chr1", at, "good", here, other), *(row[:5] for row in bad))
    with pytest.raises(InputError, match=r"10 of 11 variants(?s:.*)line 8, alt: '<DEL>'"):
        library(path=path, genome=genome)
    variants, rejected = library(path=path, genome=genome, invalid_rows="drop")
    assert variants["id"].to_pylist() == ["good"]
    for row, message in zip(bad, rejected, strict=True):
        assert row[2] == message["id"] and row[5] in message["reason"]
    variants, rejected = library(path=path, genome=genome, invalid_rows="drop", past_end="pad")
    assert variants["id"].to_pylist()[:2] == ["good", "h"]
    assert variants["note"][1].as_py() == "8 N in the window"
    end = CONTIGS["chr2"][-20:]
    path_of_end = vcf(tmp_path / "e.vcf", ("chr2", 888, "k", end[7:13], end[7]))
    variants, _ = library(path=path_of_end, genome=genome, past_end="pad")
    assert variants["alternative"][0].as_py().endswith("NNNN")
    assert variants["note"][0].as_py() == "4 N in the window"
    with pytest.raises(InputError, match="no variants in it"):
        library(path=vcf(tmp_path / "b.vcf"), genome=genome)
    rows = [("chr1", at, "rs1", here, b) for b in "ACGT" if b != here]
    variants, (repeated,) = library(
        path=vcf(tmp_path / "d.vcf", *rows, rows[0]), genome=genome, invalid_rows="drop"
    )
    assert variants["id"].to_pylist() == ["rs1"] * 3 and repeated["reason"] == "stands there before"
    (tmp_path / "c.vcf").write_text("chr1\t5\n")
    with pytest.raises(InputError, match="no VCF or BCF file"):
        library(path=str(tmp_path / "c.vcf"), genome=genome)


def test_offsets_strands_and_columns_of_a_table(tmp_path, library, genome):
    text = CONTIGS["chr2"]
    rows = [
        ("chr2", p, text[p - 1], "ACGT"["ACGT".index(text[p - 1]) - 1], strand, f"x{p}")
        for p, strand in [(100, "+"), (200, "-"), (300, "both"), (400, "?")]
    ]
    path = write(tmp_path / "a.tsv", ("chrom", "position", "ref", "alt", "str", "more"), *rows)
    section = {"path": path, "genome": genome, "chromosome": "chrom", "strand": "str"}
    variants, (rejected,) = library(**section, offset=3, invalid_rows="drop")
    assert rejected["line"] == 5 and "is not + or - or both" in rejected["reason"]
    assert variants["kept more"].to_pylist() == ["x100", "x200", "x300"]
    assert variants["kept chrom"].to_pylist() == ["chr2"] * 3
    plain, minus, both = variants["reference"].to_pylist()
    assert plain == text[96 : 96 + LENGTH] and minus == turned(text[196 : 196 + LENGTH])
    ensemble = predictor("cnn")
    scored = effects.score(ensemble, variants)["reference_prediction"].to_pylist()
    expected = [*ensemble.predict([plain, minus]), ensemble.predict([both, turned(both)]).mean()]
    assert scored == pytest.approx(expected, abs=1e-6)


# ----------------------------------------------------------------------- edits, whole ones, pairs
def test_edits_of_named_sequences(tmp_path, library):
    single = pq.read_table(tmp_path / "sequences.parquet")["sequence"].to_pylist()
    other = "ACGT"["ACGT".index(single[4][6]) - 1]
    for name, rows in {
        "one": [("sequence_id", "edit", "id"), ("s4", f"{single[4][6]}7{other}", "x")],
        "hgvs": [("sequence_id", "edit", "id"), ("s4", f"n.7{single[4][6]}>{other}", "x")],
    }.items():
        variants, _ = library(path=write(tmp_path / f"{name}.tsv", *rows), edit="edit")
        (row,) = variants.to_pylist()
        assert (row["reference"], row["position"]) == (single[4], 7)
        assert row["alternative"] == single[4][:6] + other + single[4][7:]
    insertion = ("s0", 3, single[0][2], single[0][2] + "TT")
    deletion = ("s1", 3, single[1][2:5], single[1][2])
    rows = [("sequence_id", "position", "ref", "alt"), insertion, deletion]
    path = write(tmp_path / "indels.tsv", *rows, ("s99", 1, "A", "C"), ("s2", "x", "A", "C"))
    variants, rejected = library(path=path, invalid_rows="drop")
    assert variants["alternative"].to_pylist() == [(single[0][:3] + "TT" + single[0][3:])[:LENGTH]]
    assert variants["note"][0].as_py() == "the insertion pushes 2 letters out at the end"
    reasons = ["has 22 letters; the model takes 24", "has no sequence 's99'", "is no position"]
    assert all(a in b["reason"] for a, b in zip(reasons, rejected, strict=True))
    variants, _ = library(path=path, invalid_rows="drop", past_end="pad")
    assert variants["alternative"][1].as_py() == single[1][:3] + single[1][5:] + "NN"
    fasta = tmp_path / "long.fa"
    fasta.write_text(f">chr\n{CONTIGS['chr1']}\n")
    rows = [("sequence_id", "position", "ref", "alt"), ("chr", 500, CONTIGS["chr1"][499], "AC")]
    variants, _ = library(path=write(tmp_path / "l.tsv", *rows), sequences=str(fasta))
    assert variants["reference"][0].as_py() == CONTIGS["chr1"][487 : 487 + LENGTH]


def test_whole_sequences_and_pairs_of_the_test_set(tmp_path, library):
    single = pq.read_table(tmp_path / "sequences.parquet").to_pylist()
    header = ("name", "a", "b", "effect size")
    rows = [header, ("x", single[0]["sequence"], single[1]["sequence"], 1.5)]
    rows += [("x", single[0]["sequence"], single[2]["sequence"], "NA"), ("y", "ACGT", "AC-T", 2)]
    section = {"path": write(tmp_path / "a.tsv", *rows), "reference": "a", "alternative": "b"}
    variants, rejected = library(**section, id="name", measured="effect size", invalid_rows="drop")
    assert variants["measured"].to_pylist() == ["1.5"] and variants["id"].to_pylist() == ["x"]
    result = ["stands there before", "has 4 letters; the model takes 24"]
    assert [row["reason"] for row in rejected] == result
    rows = [("r", "a"), ("s20", "s21"), ("s22", "s3")]
    section = {"path": write(tmp_path / "p.tsv", *rows), "reference_id": "r", "alternative_id": "a"}
    variants, (rejected,) = library(**section, invalid_rows="drop")
    assert variants["alternative"][0].as_py() == single[21]["sequence"]
    assert float(variants["measured"][0].as_py()) == single[21]["score"] - single[20]["score"]
    assert rejected["reason"] == "is no id of the test set"
    with pytest.raises(InputError, match="no column 'q'"):
        library(**{**section, "alternative_id": "q"})


PLACE = ["id", "chromosome", "position", "ref", "alt"]
EFFECT = [*(f"effect{end}" for end in ("", "_sd", "_lower", "_upper")), "p_positive"]
OURS = [*PLACE, "reference_prediction", "alternative_prediction", *EFFECT, "note", "strand"]


@pytest.mark.parametrize(
    ("section", "replaced"),
    [
        ({"edit": "edit"}, ["sequence_id", "edit"]),
        ({}, ["sequence_id"]),
        ({"reference": "reference", "alternative": "alternative"}, ["reference", "alternative"]),
        ({"reference_id": "name", "alternative_id": "name"}, ["name"]),
        ({"strand": "strand", "measured": "score"}, ["sequence_id", "score"]),
    ],
)
@pytest.mark.parametrize("suffix", ["tsv", "parquet"])
def test_all_columns_of_the_user_come_out_and_none_in_place_of_ours(
    tmp_path, library, caplog, section, replaced, suffix
):
    caplog.set_level("INFO")
    text = pq.read_table(tmp_path / "sequences.parquet")["sequence"][21].as_py()
    other = "ACGT"["ACGT".index(text[3]) - 1]
    changed = text[:3] + other + text[4:]
    row = dict.fromkeys([*OURS, "region", "measured", "record", "effect_x", "table_ref"], "mine")
    row |= {"sequence_id": "s21", "edit": f"{text[3]}4{other}", "name": "s21", "score": "1"}
    row |= {"reference": text, "alternative": changed}
    uses_parts = not {"edit", "reference", "reference_id"} & {*section}
    used = {"id"} | ({"position", "ref", "alt"} if uses_parts else set())
    if uses_parts:
        row |= {"position": "4", "ref": text[3], "alt": other}
    if "strand" in section:
        row["strand"], used = "both", used | {"strand"}
    path = tmp_path / f"v.{suffix}"
    if suffix == "tsv":
        write(path, tuple(row), tuple(row.values()))
    else:
        pq.write_table(pa.Table.from_pylist([row]), path)
    variants, _ = library(path=str(path), **{"strand": "both"} | section)
    scored = effects.score(predictor(), variants)
    assert scored.column_names[: len(OURS)] == OURS and {*replaced} <= {*scored.column_names}
    (result,) = scored.to_pylist()
    assert result["id"] == "mine" and result["effect_lower"] is None and result["note"] != "mine"
    assert result["strand"] == "both" and abs(float(result["effect"])) >= 0
    users = {name: value for name, value in result.items() if name not in OURS}
    clashing = {name for name in row if name in [*OURS, "region", "effect_x"] and name not in used}
    names = {name: f"table_{name}" if name in clashing else name for name in {*row} - used}
    names["ref"] = "table_table_ref" if "ref" in clashing else ""
    assert users == {ours: row[name] for name, ours in names.items() if ours}
    for name in clashing:
        message = f"our tables have a column {name}: that of the table is kept as {names[name]}"
        assert message in caplog.text


# ------------------------------------------------------------------------------------- saturation
@pytest.mark.parametrize("architecture", ["linear", "cnn"])
def test_saturation_is_mutagenesis_and_a_swap_changes_the_sign(library, tmp_path, architecture):
    single = pq.read_table(tmp_path / "sequences.parquet")["sequence"].to_pylist()
    ensemble = predictor(architecture)
    variants, _ = library(saturate=["s3", "s7"])
    assert len(variants) == 2 * 3 * LENGTH
    scored = effects.score(ensemble, variants)
    change = mutagenesis.changes(ensemble.predict, encode([single[3], single[7]]))
    for row in scored.to_pylist():
        position = ["s3", "s7"].index(row["region"]), "ACGT".index(row["alt"]), row["position"] - 1
        assert math.isclose(row["effect"], change[position], abs_tol=LAST_BITS)
    swapped = variants.rename_columns({"reference": "alternative", "alternative": "reference"})
    other = effects.score(ensemble, swapped)
    sums = other["effect"].to_numpy() + scored["effect"].to_numpy()
    assert np.abs(sums).max() <= LAST_BITS


def test_saturated_regions_as_programs_write_them(tmp_path, library, genome):
    rows = [("chr1", "100.0", "\x1c110", "n", 0, "-1"), ("chr1 ", 100, 110, "n", 0, "minus")]
    variants, _ = library(saturate=write(tmp_path / "r.bed", *rows), genome=genome)
    assert variants["strand"].to_pylist() == ["-"] * 60
    assert variants["region"].to_pylist() == ["chr1:101-110(-)"] * 30 + ["chr1:101-110(-)#2"] * 30


def test_saturated_regions_of_a_genome(tmp_path, library, genome):
    rows = [("chr1", 100, 110), ("chr2", 300, 340), ("chr1", 2, 20), ("chr3", 1, 5)]
    path = write(tmp_path / "r.bed", *rows)
    variants, rejected = library(saturate=path, genome=genome, invalid_rows="drop")
    assert [row["line"] for row in rejected] == [3, 4]
    assert len(variants) == 3 * (10 + 40)
    first = variants.slice(0, 1).to_pylist()[0]
    assert first["position"] == 101 and first["reference"] == CONTIGS["chr1"][93 : 93 + LENGTH]
    longer = variants.slice(30, 1).to_pylist()[0]
    assert longer["reference"] == CONTIGS["chr2"][300 - 12 : 300 + 12]
    for row in variants.to_pylist():
        start = row["position"] - 1
        assert CONTIGS[row["chromosome"]][start] == row["ref"]
        differ = [
            i
            for i, (a, b) in enumerate(zip(row["reference"], row["alternative"], strict=True))
            if a != b
        ]
        assert len(differ) == 1 and row["alternative"][differ[0]] == row["alt"]


# ---------------------------------------------------------------------------------------- effects
def test_seeds_outputs_and_classes(library):
    variants, _ = library(saturate=["s3"])
    both = Ensemble([predictor(seed=1), predictor(seed=2)])
    scored = effects.score(both, variants)
    each = [effects.score(member, variants)["effect"].to_numpy() for member in both.members]
    assert scored["effect"].to_numpy() == pytest.approx(np.mean(each, axis=0))
    assert scored["effect_sd"].to_numpy() == pytest.approx(np.std(each, axis=0, ddof=1))
    assert scored.column_names[:13] == [
        *("id", "chromosome", "position", "ref", "alt", "reference_prediction"),
        *("alternative_prediction", "effect", "effect_sd", "effect_lower", "effect_upper"),
        *("p_positive", "note"),
    ]
    scored = effects.score(predictor(outputs=["a", "b"]), variants)
    assert {"effect_a", "reference_prediction_b", "effect_upper_b"} <= {*scored.column_names}
    classes = predictor(classes=["no", "yes", "perhaps"])
    scored = effects.score(classes, variants)
    before, after = (
        classes.predict(variants[name].to_pylist()) for name in ("reference", "alternative")
    )
    odds = [np.log(p / (1 - p)) for p in (before, after)]
    assert scored["effect_yes"].to_numpy() == pytest.approx((odds[1] - odds[0])[:, 1], abs=1e-6)
    certain = np.array([[1 - 1e-30, 1e-30]])
    assert np.isfinite(effects.changes(certain, certain[:, ::-1], ["a", "b"])).all()


def test_parts_are_the_same_bytes_as_one_job(tmp_path, library, monkeypatch):
    monkeypatch.setattr("seq2score.variants.checking.ROWS_TOGETHER", 16)
    library(saturate=["s3", "s7", "s9"])
    path = tmp_path / "checked.parquet"
    groups = pq.ParquetFile(path).num_row_groups
    assert groups == -(-3 * 3 * LENGTH // 16)
    ensemble, texts = predictor("cnn"), {}
    for parts in (1, 3):
        tables = []
        for part in range(1, parts + 1):
            output = tmp_path / f"{part}.parquet"
            effects_of = partial(effects.score, ensemble)
            effects.score_part(effects_of, path, output, part, parts)
            tables.append(str(output))
        seen = gathering.Selection(3 * 3 * LENGTH, [""])
        with shares.WRITERS["parquet"](tmp_path / "all.parquet", pq.read_schema(output)) as f:
            for scored, checked in gathering.paired(tables, pq.ParquetFile(path)):
                seen.add(scored, checked)
                f.write_table(scored)
        strongest = gathering.strongest(seen, tables, pq.ParquetFile(path))
        texts[parts] = (tmp_path / "all.parquet").read_bytes(), strongest
    assert texts[1] == texts[3]
    all_effects = np.abs(pq.read_table(tmp_path / "all.parquet")["effect"].to_numpy())
    shown = [abs(row["effect"]) for row in texts[1][1]]
    assert shown == sorted(all_effects, reverse=True)[: gathering.TOP]
    rows = gathering.contexts(ensemble, texts[1][1], ["score"])
    assert {row["allele"] for row in rows} == {"reference", "alternative"}
    assert sum(row["variant"] for row in rows) == 2 * gathering.TOP


def test_info_of_vcf_with_a_name_of_ours(tmp_path, library, genome):
    here = CONTIGS["chr1"][499]
    row = ("chr1", 500, "rs1", here, "ACGT"["ACGT".index(here) - 1], "effect=2.5")
    path = vcf(tmp_path / "a.vcf", row)
    text = (tmp_path / "a.vcf").read_text().replace("ID=M,", "ID=effect,")
    (tmp_path / "a.vcf").write_text(text)
    variants, _ = library(path=path, genome=genome, measured="effect")
    assert variants["measured"].to_pylist() == ["2.5"]
    scored = effects.score(predictor(), variants)
    assert scored.column_names == [*OURS, "table_effect"]
    assert scored["table_effect"].to_pylist() == ["2.5"] and scored["effect"][0].as_py() != 2.5


def test_vcf_that_htslib_would_half_read(tmp_path, library, genome):
    at, text = 500, CONTIGS["chr1"]
    rows = [("chr1", at + i, f"rs{i}", text[at + i - 1], "N") for i in range(3)]
    rows = [(*row[:4], "ACGT"["ACGT".index(row[3]) - 1]) for row in rows]
    path = tmp_path / "a.vcf"
    vcf(path, *rows)
    good = path.read_bytes()
    for joint in (b"\t", b"\r"):
        path.write_bytes(good.replace(b"\nchr1\t501", joint + b"chr1\t501"))
        with pytest.raises(InputError, match=r"a\.vcf, line 7: has 1[56] cells where the header"):
            library(path=str(path), genome=genome)
    path.write_bytes(good.replace(b"rs1", b"rs\xe9"))
    with pytest.raises(InputError, match=r"a\.vcf, line 8: byte 0xE9 is not UTF-8"):
        library(path=str(path), genome=genome)
    path.write_bytes(good.replace(b"rs1", b"NA"))
    assert library(path=str(path), genome=genome)[0]["id"].to_pylist() == ["rs0", "NA", "rs2"]
    # BCF by the name of VCF, and the other way round.
    source = pysam.VariantFile(str(path))
    with pysam.VariantFile(str(tmp_path / "b.bcf"), "wb", header=source.header) as packed:
        for record in source:
            packed.write(record)
    for name, content in {"c.vcf": (tmp_path / "b.bcf"), "d.bcf": path}.items():
        (tmp_path / name).write_bytes(content.read_bytes())
        variants, _ = library(path=str(tmp_path / name), genome=genome)
        scored = effects.score(predictor(), variants).append_column("record", variants["record"])
        annotate(Vcf(tmp_path / name), iter([scored]), tmp_path / "e.vcf")
        assert (tmp_path / "e.vcf").read_text().count("seq2score_effect=") == 3


@pytest.mark.parametrize("labels", [["0.5"] * 60 + ["text"], [*map(str, range(70)), "text"]])
def test_text_among_measured_numbers_is_refused_wherever_it_stands(tmp_path, library, labels):
    random = np.random.default_rng(1)
    pairs = [(letters(random, LENGTH), letters(random, LENGTH), label) for label in labels]
    path = write(tmp_path / "m.tsv", ("a", "b", "m"), *pairs)
    with pytest.raises(InputError, match=r"'m': measured effects are numbers, .* are 'text', '"):
        library(path=path, reference="a", alternative="b", measured="m")


@pytest.mark.parametrize("key", ["sequence_id", "position", "ref", "id", "measured"])
@pytest.mark.parametrize("value", [["x"], datetime.datetime(2024, 1, 1)], ids=["list", "time"])
def test_columns_of_neither_text_nor_numbers_are_refused(tmp_path, library, key, value):
    row = {"sequence_id": "s0", "position": 4, "ref": "A", "alt": "C", "id": "v", "measured": 1.0}
    pq.write_table(pa.Table.from_pylist([row | {key: value}]), tmp_path / "v.parquet")
    with pytest.raises(InputError, match=rf"column '{key}' holds (list|timestamp).*, where text"):
        library(path=str(tmp_path / "v.parquet"), measured="measured")


def test_the_users_vcf_with_effects(tmp_path, library, genome):
    text = CONTIGS["chr1"]
    rows = []
    for p in range(60, 160, 10):
        others = [b for b in "ACGT" if b != text[p - 1]]
        rows.append(("chr1", p, ".", text[p - 1], ",".join(others[: 1 + p % 20 // 10])))
    rows[3] = (*rows[3][:3], "N", "A")
    path = vcf(tmp_path / "a.vcf", *((*row, "M=0.5,." if "," in row[4] else "M=1") for row in rows))
    section = {"path": path, "genome": genome, "invalid_rows": "drop", "measured": "M"}
    variants, _ = library(**section)
    assert [*map(str, variants["measured"].to_pylist()[:3])] == ["1", "0.5", "None"]
    scored = effects.score(predictor(), variants).append_column("record", variants["record"])
    annotate(
        Vcf(tmp_path / "a.vcf"), iter([scored.slice(0, 5), scored.slice(5)]), tmp_path / "b.vcf"
    )
    result = iter(scored.to_pylist())
    with pysam.VariantFile(str(tmp_path / "b.vcf")) as file:
        for row, record in zip(rows, file, strict=True):
            assert (record.pos, record.ref, ",".join(record.alts)) == (row[1], row[3], row[4])
            if row[3] == "N":
                assert "seq2score_effect" not in record.info
                continue
            for value in record.info["seq2score_effect"]:
                assert value == pytest.approx(next(result)["effect"], rel=1e-5)
    again = tmp_path / "c.vcf"
    annotate(Vcf(tmp_path / "b.vcf"), iter([scored]), again)
    assert again.read_text() == (tmp_path / "b.vcf").read_text()
    if shutil.which("bcftools"):
        subprocess.run(["bcftools", "view", tmp_path / "b.vcf"], check=True, capture_output=True)


def test_a_vcf_whose_header_declares_nothing_and_one_in_bcf(tmp_path):
    header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n"
    text = header + "chr1\t10\trs1\ta\tC\t5\tPASS\tAF=0.5;DB\tGT\t0/1\n"
    text += "chr2\t20\t.\tG\tT,A\t.\tq10\t.\tGT\t1/2\nchrX\t5\t.\tG\t.\t.\t.\t.\tGT\t./.\n"
    plain, packed, bcf = (tmp_path / f"a.{kind}" for kind in ("vcf", "vcf.gz", "bcf"))
    plain.write_text(text)
    packed.write_bytes(gzip.compress(text.encode()))
    with pytest.raises(InputError, match="packed by gzip"):
        [*Vcf(packed).batches()]
    pysam.tabix_compress(str(plain), str(packed), force=True)
    declared = "".join(f"##contig=<ID={c}>\n" for c in ("chr1", "chr2", "chrX"))
    declared += '##INFO=<ID=AF,Number=1,Type=Float,Description="">\n'
    declared += '##FILTER=<ID=q10,Description="">\n'
    declared += '##INFO=<ID=DB,Number=0,Type=Flag,Description="">\n'
    declared += '##FORMAT=<ID=GT,Number=1,Type=String,Description="">\n'
    whole = tmp_path / "whole.vcf"
    whole.write_text(text.replace("#CHROM", declared + "#CHROM"))
    with pysam.VariantFile(str(whole)) as source:
        copy = pysam.VariantFile(str(bcf), "wb", header=source.header)
        for record in source:
            copy.write(record)
        copy.close()
    scored = {"record": [0, 1], "effect": [0.1, -0.25], "effect_sd": pa.nulls(2, pa.float64())}
    for path in (plain, packed, bcf):
        (rows,) = Vcf(path).batches()
        assert rows["id"].to_pylist() == ["rs1", "chr2:20:G>T", "chr2:20:G>A", "chrX:5:G>."]
        first = 1 if path is bcf else 3
        assert Vcf(path).locate([0, 2, 3]) == ([first, first + 1, first + 2], [])
        annotate(Vcf(path), iter([pa.table(scored)]), tmp_path / "told.vcf")
        message = (tmp_path / "told.vcf").read_text().splitlines()[-3:]
        expected = [
            "AF=0.5;DB;seq2score_effect=0.1;seq2score_effect_sd=.",
            "seq2score_effect=-0.25,.;seq2score_effect_sd=.,.",
            ".",
        ]
        assert [line.split("\t")[7] for line in message] == expected
        if path is not bcf:
            kept = [line.split("\t")[:7] for line in text.splitlines()[-3:]]
            assert [line.split("\t")[:7] for line in message] == kept


def test_agreement_with_measured_effects():
    random = np.random.default_rng(1)
    truth = random.normal(size=400)
    effect = truth + random.normal(size=400)
    rows = measured.compare(effect, [*map(str, truth[:399]), None], "score")
    results = {row["metric"]: row for row in rows}
    assert results["pearson"]["value"] == pytest.approx(
        np.corrcoef(effect[:399], truth[:399])[0, 1]
    )
    same = np.mean(np.sign(effect[:399]) == np.sign(truth[:399]))
    assert results["sign_agreement"]["value"] == pytest.approx(same)
    assert results["pearson"]["low"] < np.sqrt(0.5) < results["pearson"]["high"]
    labels = ["up" if value > 0 else "down" for value in truth]
    (row,) = measured.compare(effect, labels, "score")
    above = (effect[truth > 0][:, None] > effect[truth <= 0]).mean()
    assert row["value"] == pytest.approx(above) and row["about"] == "'up' against 'down'"
    assert measured.wrong_labels({"a", "b", "c"}) and not measured.wrong_labels({"a", "b"})


def test_random_changes_change_one_letter():
    codes = encode(["ACGTN" * 8] * 200)
    mutants = effects.at_random(codes, 1)
    assert ((mutants != codes).sum(axis=1) == 1).all() and (mutants[:, 4::5] == 4).all()
    assert len(np.unique((mutants != codes).argmax(axis=1))) > 20


@pytest.mark.slow
def test_a_run_with_variants_of_every_kind(tmp_path, run_workflow, genome):
    random = np.random.default_rng(4)
    peaks = [
        ("chr1", s, s + LENGTH, f"p{i}", CONTIGS["chr1"][s : s + LENGTH].count("A"), "+")
        for i, s in enumerate(random.choice(5900, 300, replace=False).tolist())
    ]
    write(tmp_path / "peaks.bed", *peaks)
    write(tmp_path / "pairs.tsv", ("a", "b"), *((f"p{i}", f"p{i + 1}") for i in range(299)))
    vcf(tmp_path / "v.vcf", *(("chr1", p, ".", CONTIGS["chr1"][p - 1], "A") for p in range(90, 190)
                              if CONTIGS["chr1"][p - 1] != "A"))  # fmt: skip
    table = {"path": "peaks.bed", "genome": genome, "id": "name"}
    config = {
        "datasets": {"d": {"table": {**table, "flanks": {"left": "GG", "right": "TTT"}}}},
        "models": {
            "linear": {"architecture": "linear", "training": {"epochs": 40, "learning_rate": 0.05}}
        },
        "variants": {
            "calls": {"path": "v.vcf", "genome": genome, "format": "vcf", "parts": 2},
            "pairs": {
                **{"path": "pairs.tsv", "reference_id": "a", "alternative_id": "b"},
                "invalid_rows": "drop",
            },
            "each": {"saturate": ["p3"], "format": "parquet"},
        },
    }
    done = run_workflow(tmp_path, config, "results/d/linear/variants/calls.png",
                        "results/d/linear/variants/each.saturation.png",
                        "results/d/linear/variants/pairs.png")  # fmt: skip
    assert done.returncode == 0, done.stdout
    folder = tmp_path / "results/d/linear/variants"
    assert not [*folder.glob("*.part*")]
    assert "seq2score_effect=" in (folder / "calls.vcf").read_text()
    compared = (folder / "pairs.measured.tsv").read_text().splitlines()
    assert compared[1].split("\t")[1] == "pearson" and float(compared[1].split("\t")[3]) > 0.9
    assert pq.read_table(folder / "each.parquet").num_rows == 3 * LENGTH
