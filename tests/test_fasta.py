import gzip

import pytest

from factories.tables import good_rows, imported, sequences, write
from seq2score.errors import InputError
from seq2score.sequences import fasta


@pytest.fixture
def files(tmp_path):
    """A FASTA file, and a table of its scores in another order."""
    records = [f">s{i} of no interest\n{s[:3]}\n{s[3:]}" for i, s in enumerate(sequences())]
    write(tmp_path / "a.fasta", records)
    rows = [f"s{i},{i / 7:.4f},{i % 3}" for i in reversed(range(40))]
    write(tmp_path / "scores.csv", ["id,score,batch", *rows])
    return tmp_path / "a.fasta", tmp_path / "scores.csv"


def test_scores_find_their_sequences_by_id(files):
    rows, _ = imported(files[0], scores=str(files[1]))
    assert rows.column_names == ["id", "sequence", "score", "batch"]
    assert rows["id"].to_pylist() == [f"s{i}" for i in reversed(range(40))]
    assert rows["sequence"].to_pylist() == sequences()[::-1]


@pytest.mark.parametrize(
    "change",
    [gzip.compress, bytes.lower, lambda text: text.replace(b"\n", b"\r\n"), bytes.rstrip],
    ids=["gzip", "lower case", "crlf", "no last line end"],
)
def test_what_is_harmless_is_read_right(files, change):
    before, _ = imported(files[0], scores=str(files[1]))
    files[0].write_bytes(change(files[0].read_bytes()))
    after, _ = imported(files[0], scores=str(files[1]))
    assert after.equals(before)


def test_batches_know_ids_and_sequences(files, monkeypatch):
    monkeypatch.setattr(fasta, "ROWS_AT_ONCE", 16)
    results = list(fasta.batches(files[0]))
    assert [len(batch) for batch in results] == [16, 16, 8]
    assert (
        results[1]["id"][0].as_py() == "s16"
        and results[1]["sequence"][0].as_py() == sequences()[16]
    )


def test_rows_without_partner_are_listed(files):
    scores = files[1].read_text().replace("s3,", "s99,")
    files[1].write_text(scores)
    with pytest.raises(InputError) as error:
        imported(files[0], scores=str(files[1]))
    assert f"{files[1]}: 2 of 41 rows cannot be used" in str(error.value)
    assert f"line 38, sequence: is not in {files[0]}" in str(error.value)
    assert f"line 10: of {files[0]} begins a sequence without a row in" in str(error.value)
    rows, rejected = imported(files[0], scores=str(files[1]), invalid_rows="drop")
    assert rows.num_rows == 39
    assert [row["line"] for row in rejected] == [10, 38]


def test_repeated_ids_are_refused(files):
    files[0].write_text(files[0].read_text() + ">s7\nACGTAC\n")
    with pytest.raises(InputError, match=r"a\.fasta: 1 ids stand there a second time: line 121"):
        imported(files[0], scores=str(files[1]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n\n \n", "no line begins with '>', so that there is no sequence"),
        (b"ACGT\n", "this is not FASTA"),
        (b"@r1\nACGT\n+\nIIII\n", "this is not FASTA"),
        (gzip.compress(b">a\nACGT\n" * 9, mtime=0)[:-9], "the gzip file ends too early"),
    ],
    ids=["empty", "blank lines", "no header", "FASTQ", "cut gzip"],
)
def test_damaged_files_are_refused(files, content, message):
    files[0].write_bytes(content)
    with pytest.raises(InputError, match=message):
        imported(files[0], scores=str(files[1]))


def test_the_table_of_scores_needs_ids_and_no_sequences(files):
    files[1].write_text("name,score\ns1,1\n")
    with pytest.raises(InputError, match=r"scores\.csv: there is no column 'id' \(id\)"):
        imported(files[0], scores=str(files[1]))
    write(files[1], good_rows())
    with pytest.raises(InputError, match="there is no column 'id'"):
        imported(files[0], scores=str(files[1]))
    files[1].write_text("id,sequence,score\ns1,A,1\n")
    with pytest.raises(InputError, match="but the sequences come from"):
        imported(files[0], scores=str(files[1]))
