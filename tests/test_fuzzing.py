"""Every reader, given files that were damaged: an answer or an InputError, and nothing else."""

import gzip
import os
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pysam
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories.tables import check, good_rows, imported, sequences
from seq2score.errors import InputError
from seq2score.motifs.database import read_meme
from seq2score.sequences import new
from seq2score.sequences.genome import Genome
from seq2score.sequences.vcf import Vcf
from seq2score.variants import checking
from seq2score.variants.annotate import annotate
from seq2score.variants.rows import Dataset

EXAMPLES = int(os.environ.get("SEQ2SCORE_FUZZ", 25))  # of each kind of file
LENGTH = 6
RULES = {"input_length": LENGTH, "length": "equal", "alphabet": "dna", "flanks": None}
GENOME = ">chr1 described\n" + "ACGTTGCAAC\n" * 6 + ">chr2\nGGGTTTCCCA\nAC\n"
SECTION = dict.fromkeys(
    [
        *("path", "reference", "alternative", "reference_id", "alternative_id", "sequence_id"),
        *("sequences", "chromosome", "position", "ref", "alt", "edit", "genome", "offset"),
        *("strand", "saturate", "id", "measured"),
    ]
) | {"sequence": "sequence", "past_end": "pad", "invalid_rows": "drop"}

# What stands in files that programs, people and disks have spoilt.
PIECES = [
    *(b"\0", b"\r", b"\n", b"\r\n", b"\t", b",", b'"', b"'", b" ", b"#", b">", b"-", b".", b";"),
    *(b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\x1b[2J", "\u202e\u2212\u0410".encode(), b"\x1f\x8b"),
    *(b"NA", b"nan", b"inf", b"1e999", b"-1", b"9" * 20, b"1e30", b"0x1F", b"1_0", b"True"),
    *(b"track", b"MOTIF", b"##", b"letter-probability matrix: w= 3", b"N", b"U", b"*", b"<DEL>"),
]
change = st.tuples(
    st.sampled_from(["insert", "replace", "delete", "repeat", "cut"]),
    st.integers(0, 10_000),
    st.integers(1, 40),
    st.sampled_from(PIECES) | st.binary(min_size=1, max_size=4),
)
changes = st.lists(change, min_size=1, max_size=4)


def damaged(content, changes):
    """The bytes of a file after some changes, each a way, a place, a size and a piece."""
    for way, number, size, piece in changes:
        at = number % (len(content) + 1)
        before, here, after = content[:at], content[at : at + size], content[at + size :]
        content = {
            "insert": before + piece + here + after,
            "replace": before + piece + content[at + len(piece) :],
            "delete": before + after,
            "repeat": before + here + here + after,
            "cut": before,
        }[way]
    return content


def table(delimiter):
    lines = [row.replace(",", delimiter) for row in good_rows()]
    return "\n".join([f"{lines[0]}{delimiter}name", *(f"{r}{delimiter}a b" for r in lines[1:])])


def vcf():
    header = "##fileformat=VCFv4.2\n##contig=<ID=chr1>\n"
    header += '##INFO=<ID=M,Number=A,Type=Float,Description="measured">\n'
    header += "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    rows = ["chr1\t11\trs1\tA\tC\t.\t.\tM=1.5", "chr1\t12\t.\tC\tG,T\t50\tPASS\tM=1,.;X"]
    return header + "\n".join([*rows, "chr1\t13\trs3\tGT\tG\t.\t.\t."]) + "\n"


def parquet(folder):
    columns = {"id": [f"s{i}" for i in range(40)], "sequence": sequences(), "score": range(40)}
    pq.write_table(pa.table(columns), folder / "t.parquet")
    return (folder / "t.parquet").read_bytes()


EDITS = "sequence_id\tposition\tref\talt\tedit\tm\n" + "".join(
    f"s{i}\t1\t{s[0]}\t{'ACGT'['ACGT'.index(s[0]) - 1]}\t{s[1]}2N\t{i}\n"
    for i, s in enumerate(sequences(8))
)
BED = "#chrom\tfrom\tto\tname\tscore\tstrand\n" + "".join(
    f"chr1\t{i}\t{i + LENGTH}\tp{i}\t{i / 7:.3f}\t{'+-.'[i % 3]}\n" for i in range(30)
)
FASTA = "".join(f">s{i} more\n{s[:4]}\n{s[4:]}\n" for i, s in enumerate(sequences()))
MEME = "MEME version 4\n\nALPHABET= ACGT\n\n" + "".join(
    f"MOTIF {name} of {name}\nletter-probability matrix: alength= 4 w= 2 nsites= 20\n"
    " 0.1 0.2 0.3 0.4\n 0 1 0 0\n\n"
    for name in "ab"
)


class Files:
    """A folder with a good genome and library, and what reads a file of each kind there."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "genome.fa").write_text(GENOME)
        self.genome = str(folder / "genome.fa")
        pysam.faidx(self.genome)
        parquet(folder)
        self.library = str(folder / "t.parquet")

    def table(self, path):
        for keys in ({"invalid_rows": "drop"}, {"length": {"pad": "both"}, "duplicates": "mean"}):
            self.either(imported, path, **keys)
        self.either(check, path, task="classification", id="name")
        self.new(path)

    def new(self, path, **keys):
        section = {"path": path, "sequence": "sequence", "id": None, "genome": self.genome}
        section |= {"window": None, "past_end": "pad"} | keys
        self.either(lambda: [batch.to_pylist() for batch in new.batches(section)])

    def fasta(self, path):
        self.new(path)
        scores = self.folder / "scores.tsv"
        scores.write_text("id\tscore\n" + "".join(f"s{i}\t{i}\n" for i in range(40)))
        self.either(imported, path, scores=str(scores), invalid_rows="drop")
        edits = self.folder / "good.tsv"
        edits.write_text(EDITS)
        self.variants(edits, sequences=str(path))

    def bed(self, path):
        self.new(path)
        self.new(path, window=4)
        for keys in ({}, {"past_end": "pad", "score": "score", "id": "name"}):
            self.either(imported, path, genome=self.genome, invalid_rows="drop", **keys)
        self.variants(None, saturate=str(path), genome=self.genome)

    def variants(self, path, **keys):
        section = SECTION | {"path": path and str(path)} | keys
        checked = self.folder / "checked.parquet"

        def look():
            rejected = checking.check_variants(
                section, Dataset(RULES, self.library, self.library), checked
            )
            return pq.read_table(checked), rejected

        return self.either(look)

    def edits(self, path):
        self.variants(path)
        self.variants(path, edit="edit", measured="m")
        self.variants(path, reference="ref", alternative="alt")
        self.variants(path, reference_id="sequence_id", alternative_id="sequence_id")

    def vcf(self, path):
        if answer := self.variants(path, genome=self.genome, measured="M"):
            scored = answer[0].select(["record"])
            scored = scored.append_column("effect", pa.array(np.zeros(len(scored))))
            self.either(annotate, Vcf(path), iter([scored]), self.folder / "out.vcf")

    def parquet(self, path):
        self.table(path)
        self.variants(path)

    def meme(self, path):
        self.either(read_meme, path)

    def fa_of_genome(self, path):
        def look():
            genome = Genome(path)
            for name, size in genome.contigs.items():
                letters, lengths = genome.stretches([name], np.array([-2]), np.array([size + 2]))
                assert len(letters) == lengths.sum() == size + 4
            return genome.contigs

        for index in (False, True):
            fai = path.with_name(f"{path.name}.fai")
            fai.unlink(missing_ok=True)
            if index:
                shutil.copyfile(f"{self.genome}.fai", fai)
            self.either(look)

    def either(self, call, *arguments, **keys):
        """What a call gives; None where it refuses in words that can be shown."""
        try:
            return call(*arguments, **keys)
        except InputError as error:
            assert all(letter.isprintable() or letter == "\n" for letter in str(error))
            assert str(error).strip()
            return None


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return Files(tmp_path_factory.mktemp("fuzz"))


KINDS = {
    "t.csv": ("table", lambda folder: table(",").encode()),
    "t.tsv": ("table", lambda folder: table("\t").encode()),
    "t.csv.gz": ("table", lambda folder: gzip.compress(table(",").encode(), mtime=0)),
    "s.fa": ("fasta", lambda folder: FASTA.encode()),
    "r.bed": ("bed", lambda folder: BED.encode()),
    "r.narrowPeak": ("bed", lambda folder: BED.encode()),
    "e.tsv": ("edits", lambda folder: EDITS.encode()),
    "v.vcf": ("vcf", lambda folder: vcf().encode()),
    "v.bcf": ("vcf", lambda folder: vcf().encode()),
    "p.parquet": ("parquet", parquet),
    "m.meme": ("meme", lambda folder: MEME.encode()),
    "g.fa": ("fa_of_genome", lambda folder: GENOME.encode()),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_good_file_is_read(files, name, monkeypatch):
    """Else damage would show nothing."""
    reader, content = KINDS[name]
    path = files.folder / name
    path.write_bytes(content(files.folder))
    answers, either = [], files.either

    def kept(*arguments, **keys):
        answers.append(either(*arguments, **keys))
        return answers[-1]

    monkeypatch.setattr(files, "either", kept)
    getattr(files, reader)(path)
    assert any(answer is not None for answer in answers)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.filterwarnings("ignore")
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(changes=changes)
def test_a_damaged_file_is_read_or_refused(files, name, changes):
    reader, content = KINDS[name]
    path = files.folder / name
    path.write_bytes(damaged(content(files.folder), changes))
    getattr(files, reader)(path)
