import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2score.sequences import encoding
from seq2score.sequences.hashing import sequence_hashes, shuffled

SEQUENCES = st.integers(1, 20).flatmap(
    lambda length: st.lists(st.text("ACGTN", min_size=length, max_size=length), min_size=1)
)


@given(SEQUENCES)
def test_decoding_undoes_encoding(sequences):
    codes = encoding.encode(sequences)
    assert codes.dtype == np.uint8
    assert encoding.decode(codes).tolist() == sequences
    assert encoding.strings(codes).to_pylist() == sequences


@given(SEQUENCES)
def test_one_hot_marks_each_letter_and_leaves_n_empty(sequences):
    one_hot = encoding.one_hot(encoding.encode(sequences))
    for sequence, matrix in zip(sequences, one_hot, strict=True):
        assert matrix.tolist() == [[float(a == letter) for a in sequence] for letter in "ACGT"]


@given(SEQUENCES)
def test_reverse_complement_of_the_reverse_complement(sequences):
    codes = encoding.encode(sequences)
    flipped = encoding.decode(encoding.reverse_complement(codes)).tolist()
    pairs = str.maketrans("ACGT", "TGCA")
    assert flipped == [sequence[::-1].translate(pairs) for sequence in sequences]
    assert (encoding.reverse_complement(encoding.reverse_complement(codes)) == codes).all()


def test_every_kind_of_column_is_read():
    expected = [[0, 1, 2, 3], [4, 3, 2, 1]]
    rows = ["acgT", "NTGC"]
    dictionary = pa.array(["----", *rows])[1:].dictionary_encode()
    for column in [rows, np.array(rows), pa.array(rows), pa.chunked_array([rows[:1], rows[1:]])]:
        assert encoding.encode(column).tolist() == expected
    assert encoding.encode(dictionary).tolist() == expected
    assert encoding.encode(pa.array(["AAAA", *rows])[1:]).tolist() == expected
    assert encoding.encode([]).shape == (0, 0)


@pytest.mark.parametrize("sequences", [["ACGU"], ["AC", "ACG"], ["A C"], ["ACR"], ["Ä"]])
def test_what_cannot_be_encoded_is_refused(sequences):
    with pytest.raises(ValueError):
        encoding.encode(sequences)


@given(st.lists(st.text("ACGT", max_size=9), min_size=1), st.integers(1, 12))
def test_any_lengths_are_padded_and_cut(sequences, width):
    flat, lengths = encoding.ragged_codes(pa.array(sequences))
    for pad, put in [("right", str.ljust), ("left", str.rjust)]:
        codes = encoding.to_width(flat, lengths, width, pad)
        assert encoding.decode(codes).tolist() == [put(s[:width], width, "N") for s in sequences]


def test_padding_on_both_sides_puts_an_odd_one_right():
    flat, lengths = encoding.ragged_codes(pa.array(["AC", "ACG"]))
    assert encoding.decode(encoding.to_width(flat, lengths, 5, "both")).tolist() == [
        "NACNN",
        "NACGN",
    ]


def test_u_is_t_in_rna_only():
    flat, _ = encoding.ragged_codes(pa.array(["uUtT"]), "rna")
    assert flat.tolist() == [3, 3, 3, 3]
    flat, _ = encoding.ragged_codes(pa.array(["uUtT"]), "dna")
    assert flat.tolist() == [encoding.INVALID] * 2 + [3, 3]


@given(SEQUENCES, st.randoms())
def test_hashes_know_nothing_but_letters(sequences, random):
    reordered = random.sample(sequences, len(sequences))
    hashes = dict(zip(sequences, sequence_hashes(encoding.encode(sequences)), strict=True))
    again = sequence_hashes(encoding.encode(reordered))
    assert [hashes[sequence] for sequence in reordered] == again.tolist()
    bare = {sequence.strip("N") for sequence in sequences}
    assert len(set(hashes.values())) == len(bare)


def test_padding_does_not_change_which_sequences_are_the_same():
    codes = encoding.encode(["AACGTNNN", "NNNAACGT", "NACGTTNN", "AACNGTNN"])
    hashes = sequence_hashes(codes)
    assert hashes[0] == hashes[1] and len(set(hashes)) == 3
    both = sequence_hashes(codes, both_strands=True)
    assert len({both[0], both[1], both[2]}) == 1 and both[3] != both[0]


def test_seeds_rank_sequences_in_unrelated_orders():
    hashes = sequence_hashes(np.indices((4,) * 8).reshape(8, -1).T.astype(np.uint8))
    orders = [hashes, shuffled(hashes, 1), shuffled(hashes, 2)]
    assert [len(np.unique(order)) for order in orders] == [4**8] * 3
    ranks = np.corrcoef([np.argsort(np.argsort(order)) for order in orders])
    assert np.abs(ranks - np.eye(3)).max() < 0.02
    assert abs(np.mean(orders[1] >> np.uint64(63)) - 0.5) < 0.01
