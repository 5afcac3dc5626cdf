"""Regions of a genome as sequences: BED and bedGraph, plain and packed FASTA."""

import gzip
import os
from pathlib import Path

import numpy as np
import pysam
import pytest

from factories.tables import check, imported, section
from seq2score.errors import InputError
from seq2score.sequences import faidx, genome, importing, new, sources
from seq2score.task import TASKS

RANDOM = np.random.default_rng(5)
CONTIGS = {
    name: "".join(RANDOM.choice([*"ACGT"], size))
    for name, size in {"chr1": 5000, "chr2": 93}.items()
}


@pytest.fixture(scope="module")
def fasta(tmp_path_factory):
    """A genome with lower-case stretches, lines of 60 letters."""
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    lines = []
    for name, letters in CONTIGS.items():
        letters = letters[:7] + letters[7:20].lower() + letters[20:]
        lines += [f">{name} described", *(letters[i : i + 60] for i in range(0, len(letters), 60))]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def packed(fasta):
    path = fasta.with_name("packed.fa.gz")
    pysam.tabix_compress(str(fasta), str(path))
    return path


def bed(folder, *rows, name="regions.bed"):
    path = folder / name
    path.write_text("\n".join("\t".join(map(str, row)) for row in rows) + "\n")
    return path


def turned(letters):
    return letters[::-1].translate(str.maketrans("ACGT", "TGCA"))


@pytest.mark.parametrize("which", ["fasta", "packed"])
def test_stretches_are_those_of_the_text(which, request):
    path = request.getfixturevalue(which)
    opened = genome.Genome(path)
    contigs = RANDOM.choice([*CONTIGS, "chr3"], 300)
    starts = RANDOM.integers(-50, 5050, 300)
    ends = starts + RANDOM.integers(0, 80, 300)
    letters, lengths = opened.stretches(contigs, starts, ends)
    whole, at = letters.tobytes().decode(), 0
    for contig, start, end, length in zip(contigs, starts, ends, lengths, strict=True):
        padded = "N" * 50 + CONTIGS.get(contig, "") + "N" * 6000
        assert whole[at : at + length] == padded[start + 50 : end + 50]
        at += length
    assert {file.name for file in path.parent.iterdir()} <= {"genome.fa", "packed.fa.gz"}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_index_beside_it_is_used_if_it_is_that_files(fasta, tmp_path, caplog, packed, end):
    """Whatever its time says: one of another file would give letters of another place."""
    caplog.set_level("INFO")
    path, index = tmp_path / "genome.fa", tmp_path / "genome.fa.fai"
    text = fasta.read_text() + ">empty\n>chr3 of three\nACGT\n"

    def write(text):
        path.write_text(text, newline=end)
        if packed:
            pysam.tabix_compress(str(path), f"{path}.gz", force=True)
        return f"{path}.gz" if packed else path

    index = Path(f"{write(text)}.fai")
    pysam.faidx(str(write(text)))
    os.utime(index, (0, 0))
    assert [*genome.Genome(write(text)).contigs] == ["chr1", "chr2", "chr3"]
    assert "making one" not in caplog.text
    at = text.index("\n>chr2")
    others = [text[: at - 1] + text[at:], text + ">more\nAC\n", ">first\nA\n" + text, text[:-2]]
    for other in [*others, text.replace("chr2", "zwei")]:
        caplog.clear()
        contigs = genome.Genome(write(other)).contigs
        assert "has no index of its own" in caplog.text
        names = [line[1:].split()[0] for line in other.split("\n") if line.startswith(">")]
        assert [*contigs] == [name for name in names if name != "empty"]
        assert contigs["chr1"] == len(CONTIGS["chr1"]) - (other == others[0])
    write(text)
    index.write_text("")
    assert [*genome.Genome(write(text)).contigs] == ["chr1", "chr2", "chr3"]


def test_contigs_without_letters_and_letters_that_are_none(tmp_path):
    path = tmp_path / "g.fa"
    path.write_text(">a\nACGT\nAC\n>b\n")
    assert genome.Genome(path).contigs == {"a": 6}
    path.write_bytes(b">a\nAC\0T\n")
    with pytest.raises(InputError, match=r"a:1-3 holds something that is no letter"):
        genome.Genome(path).stretches(["a"], np.array([0]), np.array([3]))


def test_a_genome_packed_by_gzip_or_no_fasta_is_refused(fasta, tmp_path):
    path = tmp_path / "genome.fa.gz"
    path.write_bytes(gzip.compress(fasta.read_bytes()))
    with pytest.raises(InputError, match=r"packed by gzip.*bgzip"):
        genome.Genome(path)
    path.write_text("ACGT")
    (tmp_path / "ragged.fa").write_text(">chr1\nACGT\nAC\nACGT\n")
    with pytest.raises(InputError, match=r"ragged\.fa, line 4: .* lines .* as long as its first"):
        genome.Genome(tmp_path / "ragged.fa")
    with pytest.raises(InputError, match="this is not FASTA"):
        genome.Genome(path)
    with pytest.raises(InputError, match="no such file"):
        genome.Genome(tmp_path / "none.fa")


def test_regions_become_sequences_by_strand(fasta, tmp_path):
    rows = [("chr1", 10 * i, 10 * i + 30, f"p{i}", i / 7, "+-."[i % 3]) for i in range(40)]
    path = bed(tmp_path, ("# made up",), ("track name=x",), *rows)
    table, rejected = imported(path, genome=str(fasta))
    assert not rejected
    for (_, start, end, name, score, strand), row in zip(rows, table.to_pylist(), strict=True):
        letters = CONTIGS["chr1"][start:end]
        assert row["sequence"] == (turned(letters) if strand == "-" else letters)
        mark = "" if strand == "." else f"({strand})"
        assert row["id"] == f"chr1:{start + 1}-{end}{mark}"
        assert (row["name"], row["strand"], row["start"]) == (name, strand, start)
        assert row["score"] == pytest.approx(score)
    table, _ = imported(path, genome=str(fasta), id="name", window=8, length="equal")
    assert table["id"][3].as_py() == "p3" and table["sequence"][3].as_py() == CONTIGS["chr1"][41:49]


@pytest.mark.parametrize("mark", ["-1", "minus", "\N{MINUS SIGN}", " -"])
def test_strands_as_programs_write_them(fasta, tmp_path, mark):
    rows = [("chr1", i, i + 9, f"p{i}", i, mark) for i in range(40)]
    table, _ = imported(bed(tmp_path, *rows), genome=str(fasta))
    assert table["sequence"][0].as_py() == turned(CONTIGS["chr1"][0:9])
    rows[7] = (*rows[7][:5], "?")
    with pytest.raises(InputError, match=r"strand '\?': allowed are"):
        imported(bed(tmp_path, *rows), genome=str(fasta))


def test_summits_of_one_peak_have_ids_of_their_own(fasta, tmp_path):
    rows = [("chr1", i // 2, i // 2 + 9, f"p{i}", i, ".") for i in range(40)]
    table, _ = imported(bed(tmp_path, *rows), genome=str(fasta), duplicates="keep")
    assert table["id"].to_pylist()[:4] == ["chr1:1-9", "chr1:1-9#2", "chr1:2-10", "chr1:2-10#2"]


def test_titles_that_repeat_or_are_ours(fasta, tmp_path):
    titles = ("#chrom", "from", "to", "name", "name", "", "sequence", "start")
    rows = [("chr1", i, i + 9, f"p{i}", "again", "empty", "mine", "other") for i in range(40)]
    path = bed(tmp_path, titles, *rows, ("# a comment",), ("chr1", 50, 59, *rows[0][3:]), ("",))
    table, rejected = imported(path, genome=str(fasta), score="start")
    assert not rejected
    others = ["name", "table_name", "column_6", "table_sequence", "table_start"]
    assert table.column_names == ["id", "sequence", "score", "chromosome", "end", *others]
    assert table["table_start"].to_pylist() == ["other"] * 41
    path = bed(tmp_path, ("#chrom", "from", "to", "id"), *(row[:4] for row in rows))
    assert imported(path, genome=str(fasta), score="start")[0]["id"][3].as_py() == "p3"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_every_region_is_read_whatever_ends_the_lines(fasta, tmp_path, end):
    path = tmp_path / "r.bed"
    lines = ["#chrom\tstart\tend\tscore", *(f"chr1\t{i}\t{i + 9}\t{i}" for i in range(40))]
    path.write_bytes(end.join(lines).encode())
    assert imported(path, genome=str(fasta))[0].num_rows == 40
    path.write_bytes(f"{lines[0]}\r".encode() + "\n".join(lines[1:]).encode())
    assert imported(path, genome=str(fasta))[0].num_rows == 40


def test_regions_that_no_memory_holds(fasta, tmp_path):
    rows = [("chr1", 1, 2**52), ("chr1", 0, "1e30"), ("chr1", "9" * 20, "9" * 21)]
    path = bed(tmp_path, *rows)
    section = {"path": path, "sequence": "sequence", "id": None, "genome": str(fasta)}
    (batch,) = new.batches(section | {"window": None, "past_end": "pad"})
    for reason, said in zip(
        batch.column(2).to_pylist(), ["has 45035996", *["no region"] * 2], strict=True
    ):
        assert said in reason


def test_bedgraph_peaks_and_titles(fasta, tmp_path):
    rows = [("chr1", i, i + 9, i % 4) for i in range(40)]
    table, _ = imported(bed(tmp_path, *rows, name="a.bedgraph"), genome=str(fasta))
    assert table["score"].to_pylist() == [i % 4 for i in range(40)]
    peaks = [("chr1", i, i + 9, f"p{i}", 0, ".", i / 2, -1, -1, 4) for i in range(40)]
    path = bed(tmp_path, *peaks, name="a.narrowPeak")
    table, _ = imported(path, genome=str(fasta), score="signal_value")
    assert table["score"][3].as_py() == 1.5 and "table_score" in table.column_names
    path = bed(tmp_path, ("#chrom", "from", "to", "activity"), *rows, name="b.bed")
    assert imported(path, genome=str(fasta), score="activity")[0]["score"][3].as_py() == 3


def test_windows_are_around_summits_where_there_are_some(fasta, tmp_path):
    """As MACS calls several of one peak (--call-summits); -1 is none."""
    places = [(100 + 10 * i, summit) for i in range(20) for summit in (30, 70)] + [(500, -1)]
    peaks = [("chr1", at, at + 100, "p", 1, ".", at, 2, 2, summit) for at, summit in places]
    path = bed(tmp_path, *peaks, name="a.narrowPeak")
    table, _ = imported(path, genome=str(fasta), score="signal_value", window=20)
    middles = [at + (summit if summit >= 0 else 50) for at, summit in places]
    assert table["sequence"].to_pylist() == [CONTIGS["chr1"][m - 10 : m + 10] for m in middles]
    assert len({*table["id"].to_pylist()}) == 41 and table["id"][0].as_py() == "chr1:121-140"


def test_a_packed_genome_whose_last_contig_is_empty(fasta, tmp_path):
    """samtools refuses it, and its index of blocks is made here as bgzip makes it."""
    whole, ends_empty = tmp_path / "whole.fa", tmp_path / "empty.fa"
    letters = "".join(RANDOM.choice([*"ACGT"], 200_000))
    lines = [letters[i : i + 60] for i in range(0, len(letters), 60)]
    whole.write_text("\n".join([">long", *lines, ">chr3", "ACGT", ""]))
    ends_empty.write_text(whole.read_text() + ">none\n")
    for path in (whole, ends_empty):
        pysam.tabix_compress(str(path), f"{path}.gz")
    index, blocks = tmp_path / "i.fai", tmp_path / "i.gzi"
    faidx.make(tmp_path / "whole.fa.gz", True, index, blocks)
    assert faidx._index_of_blocks(tmp_path / "whole.fa.gz") == blocks.read_bytes()
    opened = genome.Genome(tmp_path / "empty.fa.gz")
    assert {"long": 200_000, "chr3": 4}.items() <= opened.contigs.items()
    starts, sizes = np.array([[0, 65_000, 199_990, 0], [9, 900, 10, 4]])
    text, _ = opened.stretches(["long"] * 3 + ["chr3"], starts, starts + sizes)
    parts = (letters[:9], letters[65_000:65_900], letters[-10:], "ACGT")
    assert text.tobytes().decode() == "".join(parts)


def test_every_region_that_has_no_sequence_is_listed(fasta, tmp_path):
    good = [("chr1", i, i + 20, "x", i) for i in range(40)]
    bad = [
        (("chr2", 80, 100, "x", 1), "reaches past chr2, which has 93 letters"),
        (("1", 80, 100, "x", 1), "no contig '1', but 'chr1'"),
        (("chrM", 80, 100, "x", 1), "no contig 'chrM'; it has chr1, chr2"),
        (("chr1", 9, 9, "x", 1), "no region: '9' to '9'"),
        (("chr1", "-1", 19, "x", 1), "no region"),
        (("chr1", "a", 19, "x", 1), "no region: 'a'"),
        (("chr1", 3, 23, "x", "high"), "is not a number"),
    ]
    path = bed(tmp_path, *good, *(row for row, _ in bad), ("chr1", 5, 25))
    with pytest.raises(InputError, match=r"(?s)8 of 48 rows cannot be used.*line 41, sequence"):
        check(path, genome=str(fasta))
    table, rejected = imported(path, genome=str(fasta), invalid_rows="drop")
    assert table.num_rows == 40 and [row["line"] for row in rejected] == [*range(41, 49)]
    for (_, reason), row in zip(bad, rejected, strict=False):
        assert reason in row["reason"]
    table, rejected = imported(path, genome=str(fasta), invalid_rows="drop", past_end="pad")
    assert len(rejected) == 7 and table["sequence"][40].as_py() == CONTIGS["chr2"][80:] + "N" * 7


def test_a_region_is_read_once_more_in_parts(fasta, tmp_path, monkeypatch):
    path = bed(tmp_path, *(("chr1", i, i + 20, "x", i) for i in range(40)))
    whole, _ = imported(path, genome=str(fasta))
    monkeypatch.setattr("seq2score.sequences.bed.LETTERS_AT_ONCE", 50)
    table = section(path, {"genome": str(fasta)})
    verdict = check(path, genome=str(fasta))
    parts = [*importing.TableImport(table, TASKS["regression"], False, verdict).rows()]
    assert len(parts) > 10
    assert [s for part in parts for s in part["sequence"].to_pylist()] == whole[
        "sequence"
    ].to_pylist()


def test_one_place_knows_suffixes():
    for kind in sources.KINDS.values():
        for suffix in kind.suffixes:
            assert sources.kind_of(f"a/B{suffix.upper()}") is kind
            assert (sources.kind_of(f"b{suffix}.gz") is kind) or not kind.packed
