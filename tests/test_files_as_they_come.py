"""Files as programs and people write them: read right, or refused in one sentence."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from factories.models import RECORD
from factories.tables import good_rows, imported, sequences, write
from seq2score.errors import InputError
from seq2score.inference.prediction import Predictor
from seq2score.models import build
from seq2score.motifs.database import read_meme
from seq2score.sequences import new
from seq2score.sequences.delimited import Delimited
from seq2score.sequences.genome import Genome
from seq2score.sequences.parquet import Parquet
from seq2score.sequences.sources import REASON, refuse_changed, state
from seq2score.variants.contexts import context_of
from seq2score.variants.reading import parse_edit

MATRIX = "letter-probability matrix: alength= 4 w= 2 nsites= 20\n1 0 0 0\n0 1 0 0\n"


@pytest.mark.parametrize("position", ["5", "7", "10", "123"])
def test_edits_of_any_position(position):
    for text in (f"{position}A>G", f"{position}a>g", f"c.{position}A>G", f"A{position}G"):
        assert parse_edit(text) == (int(position), "A", "G"), text


@pytest.mark.parametrize(
    ("motifs", "said"),
    [
        (f"MOTIF one\n{MATRIX}\nMOTIF two\n\nMOTIF three\n{MATRIX}", "line 8: this motif has no"),
        (f"MOTIF one\n{MATRIX}\nMOTIF two\n", "line 8: this motif has no"),
        (f"MOTIF one\n{MATRIX}\nMOTIF one\n{MATRIX}", "line 8: motif one stands in line 3 too"),
    ],
)
def test_motifs_have_a_matrix_and_a_name_of_their_own(tmp_path, motifs, said):
    (tmp_path / "m.meme").write_text(f"MEME version 4\n\n{motifs}")
    with pytest.raises(InputError, match=said):
        read_meme(tmp_path / "m.meme")


def test_motifs_of_an_output_of_meme(tmp_path):
    text = (
        "MEME version 5.5.5 (Release date: ...)\nALPHABET= ACGT\n"
        "MOTIF GGTN MEME-1\twidth =   2  sites =  20  llr = 5  E-value = 2.1e-3\n"
        "log-odds matrix: alength= 4 w= 2 n= 3 bayes= 7.9\n -12 3 4 5\n 1 2 3 4\n"
        "letter-probability matrix: alength= 4 w= 2 nsites= 20 E= 2.1e-003\n"
        " 0.1 0.2 0.3 0.4\n 0.0 1.0 0.0 0.0\n------\n\tMotif GGTN regular expression\n"
        "MOTIF 2\twidth =  1\nletter-probability matrix: alength= 4\n\n0.1 0.2 0.3 0.4\nURL x\n"
    )
    (tmp_path / "m.meme").write_text(text)
    motifs = read_meme(tmp_path / "m.meme")
    assert (motifs.ids, motifs.names) == (["GGTN", "2"], ["MEME-1", "2"])
    np.testing.assert_allclose(motifs.ppms[0], [[0.1, 0], [0.2, 1], [0.3, 0], [0.4, 0]])
    assert [ppm.shape for ppm in motifs.ppms] == [(4, 2), (4, 1)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("0.1 0.2 0.3", "line 4: is no row of probabilities"),
        ("0.5 0.5 0.5 0.5", "line 4: is no row of probabilities"),
        ("1 0 0 0\n0 1 0 0\n0 0 1 0", ""),
        ("-", "line 4: is no row"),
        ("x", "line 3: 0 rows follow, not 2"),
        ("letter-probability matrix: alength= 20 w= 2", "line 3: 0 rows follow"),
    ],
)
def test_rows_of_motifs_that_are_none(tmp_path, row, said):
    (tmp_path / "m.meme").write_text(
        f"MEME version 4\nMOTIF a\nletter-probability matrix: w= 2\n{row}\n"
    )
    if said:
        with pytest.raises(InputError, match=said):
            read_meme(tmp_path / "m.meme")
    else:
        assert read_meme(tmp_path / "m.meme").ppms[0].shape == (4, 2)


def test_a_name_of_two_sequences(tmp_path):
    (tmp_path / "s.fa").write_text(">a\nACGT\n>b\nAAAA\n>a\nACGA\n")
    section = {"genome": None, "sequences": str(tmp_path / "s.fa"), "sequence": "sequence"}
    with pytest.raises(InputError, match=r"'a' names two different sequences \(lines 1 and 5\)"):
        context_of(section, "")
    (tmp_path / "s.fa").write_text(">a\nACGT\n>b\nAAAA\n>a\nACGT\n")
    assert context_of(section, "")[0].contigs == {"a": 4, "b": 4}


def test_views_of_text(tmp_path):
    texts = ["ACGT", None, "A" * 30]
    table = {"view": pa.array(texts, pa.string_view()), "bytes": pa.array(texts, pa.binary())}
    pq.write_table(pa.table(table), tmp_path / "t.parquet")
    (batch,) = Parquet(tmp_path / "t.parquet").batches()
    assert batch.to_pydict() == {"view": texts, "bytes": texts}
    assert batch.schema.types == [pa.string()] * 2


def test_repeated_columns_that_no_key_uses(tmp_path):
    header, *rows = good_rows()
    path = write(tmp_path / "t.csv", [f"{header},x,,x", *(f"{row},1,2,3" for row in rows)])
    names = ["id", "sequence", "score", "x (column 3)", "column_4", "x (column 5)"]
    table, _ = imported(path)
    assert table.column_names == names and table[5].to_pylist() == [3] * 40
    columns = [pa.array(sequences()), *[pa.array(range(40))] * 3]
    pq.write_table(
        pa.Table.from_arrays(columns, ["sequence", "score", "x", "x"]), tmp_path / "t.parquet"
    )
    names = ["id", "sequence", "score", "x (column 3)", "x (column 4)"]
    assert imported(tmp_path / "t.parquet")[0].column_names == names


def test_tables_by_another_suffix_and_with_a_title(tmp_path):
    rows = [row.replace(",", "\t") for row in good_rows()]
    assert imported(write(tmp_path / "t.tab", rows))[0].num_rows == 40
    path = write(tmp_path / "u.tab", ["My library", f"#{rows[0]}", *rows[1:]])
    for name in ("sequence", "#sequence"):
        with pytest.raises(InputError, match="line 2: this seems to be the header; take out what"):
            imported(path, sequence=name)


def test_columns_with_names_of_ours_in_new_sequences_are_left_alone(tmp_path):
    path = write(tmp_path / "n.csv", ["sequence,prediction,novelty,problem", "ACGT,a,b,c"])
    (batch,) = new.batches({"path": path, "sequence": "sequence", "id": None})
    assert batch.to_pylist() == [{"id": "row1", "sequence": "ACGT", REASON: ""}]


def test_headers_on_two_lines(tmp_path):
    (tmp_path / "t.csv").write_bytes(b'seq,"Activity\n(log2)"\r\nACGT,1\r\n')
    source = Delimited(tmp_path / "t.csv", "seq")
    assert source.columns == ["seq", "Activity\n(log2)"]
    (batch,) = source.batches()
    assert batch.to_pylist() == [{"seq": "ACGT", "Activity\n(log2)": "1"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"seq"\t"score"\n"1"\t"ACGTAC"\t1\n"2"\t"ACGTAA"\t2\n', "row.names=FALSE"),
        ("ACGTAC\t1\nACGTAA\t2\n", "no header line.*sequence <tab> score"),
    ],
)
def test_headers_that_are_none(tmp_path, text, said):
    (tmp_path / "t.tsv").write_text(text)
    with pytest.raises(InputError, match=said):
        Delimited(tmp_path / "t.tsv", "seq")


def test_lines_that_are_no_rows_say_why(tmp_path):
    (tmp_path / "n.tsv").write_text("id\tsequence\na\tACGT\nb\tACGT\tx\nc\n")
    section = {"path": tmp_path / "n.tsv", "sequence": "sequence", "id": "id", "genome": None}
    *_, last = new.batches(section)
    assert last.column(0).to_pylist() == ["line 3", "line 4"]
    assert last.column(2).to_pylist() == [f"has {n} cells where the header has 2" for n in (3, 1)]


def test_unclear_letters_of_a_genome_are_n(tmp_path):
    (tmp_path / "g.fa").write_text(">c\nACGRyktm\n")
    letters, _ = Genome(tmp_path / "g.fa").stretches(["c"], np.array([0]), np.array([8]))
    assert letters.tobytes() == b"ACGNNNTN"


def test_ids_of_fasta_are_what_they_are(tmp_path):
    names = ["NA", ".", "nan", *map(str, range(37))]
    fasta = tmp_path / "s.fa"
    fasta.write_text("".join(f">{n}\n{s}\n" for n, s in zip(names, sequences(), strict=True)))
    (batch,) = new.batches({"path": fasta, "sequence": "sequence", "id": None})
    assert batch.column(0).to_pylist() == names
    scores = write(tmp_path / "s.tsv", ["id\tscore", *(f"{n}\t{i}" for i, n in enumerate(names))])
    assert imported(fasta, scores=str(scores))[0]["id"].to_pylist() == names


@pytest.mark.parametrize("cell", ["NA", "nan", "."])
def test_a_missing_sequence_is_none_whatever_its_letters(tmp_path, cell):
    table = write(tmp_path / "t.csv", [*good_rows(), f"{cell},1"])
    with pytest.raises(InputError, match=f"line 42, sequence: '{cell}' is missing"):
        imported(table, length={"pad": "right"})


def test_a_separator_at_the_end_of_every_row(tmp_path):
    header, *rows = good_rows()
    table = write(tmp_path / "t.csv", [header, *(f"{row}," for row in rows)])
    with pytest.raises(InputError, match="every row ends in a separator that the header lacks"):
        imported(table)


@pytest.mark.parametrize("what", [[1.5], [5, "ACGT"], np.zeros((2, 4)), 5, "ACGT", [["A"]]])
def test_what_is_no_list_of_sequences(what):
    model = Predictor(build("linear", {}, 4, 1), RECORD | {"input_length": 4})
    with pytest.raises(InputError, match="Allowed: a list"):
        model.predict(what)


def test_a_file_that_changes_under_way(tmp_path):
    file = tmp_path / "t.tsv"
    file.write_text("sequence\tscore\nACGT\t1\n")
    before = state({"path": str(file)})
    refuse_changed({"path": str(file)}, before)
    file.write_text("sequence\tscore\nACGT\t1\nACGA\t2\n")
    with pytest.raises(InputError, match=r"t.tsv: changed while it was read"):
        refuse_changed({"path": str(file)}, before)
