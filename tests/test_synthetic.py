import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2score.errors import InputError
from seq2score.sequences import synthetic
from seq2score.sequences.encoding import encode
from seq2score.task import TASKS

EIGHTMERS = {
    "length": 8,
    "count": "all",
    "letter_scores": {"A": 20, "C": 17, "G": 14, "T": 11},
    "motif_effects": {"TAT": 10, "GCG": -10},
    "motif_counting": "presence",
    "noise_sd": 0,
    "seed": 17,
}


def make(task="regression", **changes):
    return synthetic.make(EIGHTMERS | changes, TASKS[task])


@pytest.fixture(scope="module")
def eightmers():
    return make()


def by_sequence(table, column):
    return dict(zip(table["sequence"].to_pylist(), table[column].to_pylist(), strict=True))


def slow_score(sequence, counting):
    """The task in plain Python, as the teaching text puts it."""
    score = sum(EIGHTMERS["letter_scores"][letter] for letter in sequence) / len(sequence)
    for motif, effect in EIGHTMERS["motif_effects"].items():
        starts = [i for i in range(len(sequence)) if sequence.startswith(motif, i)]
        score += effect * (len(starts) if counting == "occurrences" else bool(starts))
    return score


def test_scores_of_known_sequences(eightmers):
    scores = dict(
        zip(eightmers["sequence"].to_pylist(), eightmers["score"].to_pylist(), strict=True)
    )
    known = {"AAAAAAAA": 20.0, "ACAAAAAA": 19.625, "CCCCCTAT": 25.875}
    known |= {"TGCGTTTT": 2.5, "ATATGCGA": 15.875}
    assert {sequence: scores[sequence] for sequence in known} == known
    assert len(scores) == 4**8
    assert np.mean(list(scores.values())) == pytest.approx(15.5, abs=1e-9)


def test_making_all_eightmers_costs_no_more_than_ten_times_plain_scoring(eightmers):
    sequences = eightmers["sequence"].to_pylist()
    started = time.process_time()
    make()
    made = time.process_time()
    for sequence in sequences:
        slow_score(sequence, "presence")
    assert made - started < 10 * (time.process_time() - made)


@pytest.mark.parametrize("counting", ["presence", "occurrences"])
@given(sequences=st.lists(st.text("ACGT", min_size=8, max_size=8), min_size=1))
def test_scores_agree_with_plain_python(eightmers, counting, sequences):
    codes = encode(sequences)
    scores = synthetic.letter_means(codes, EIGHTMERS["letter_scores"])
    for motif, effect in EIGHTMERS["motif_effects"].items():
        count = synthetic.occurrences(codes, motif)
        scores += effect * (count if counting == "occurrences" else count > 0)
    expected = [slow_score(sequence, counting) for sequence in sequences]
    assert scores.tolist() == pytest.approx(expected)


@pytest.mark.parametrize("counting", ["presence", "occurrences"])
def test_the_table_agrees_with_plain_python(counting):
    table = make(length=6, motif_counting=counting)
    expected = [slow_score(sequence, counting) for sequence in table["sequence"].to_pylist()]
    assert table["score"].to_pylist() == pytest.approx(expected)


def test_overlapping_occurrences_count():
    assert synthetic.occurrences(encode(["TATAT", "TATTA", "CCCCC"]), "TAT").tolist() == [2, 1, 0]
    assert synthetic.occurrences(encode(["TA"]), "TAT").tolist() == [0]


def test_motif_classes(eightmers):
    classes = dict(
        zip(eightmers["sequence"].to_pylist(), eightmers["motifs"].to_pylist(), strict=True)
    )
    assert set(classes.values()) == {"none", "TAT", "GCG", "TAT+GCG"}
    assert classes["AAAAAAAA"] == "none"
    assert classes["CCCCCTAT"] == "TAT"
    assert classes["ATATGCGA"] == classes["GCGATATA"] == "TAT+GCG"
    assert make("classification")["score"].equals(eightmers["motifs"])


def test_noise_is_seeded_and_of_its_size(eightmers):
    noisy = make(noise_sd=2.0)["score"].to_numpy() - eightmers["score"].to_numpy()
    assert noisy.std() == pytest.approx(2, rel=0.02) and abs(noisy.mean()) < 0.05
    assert make(noise_sd=2.0).equals(make(noise_sd=2.0))
    assert not make(noise_sd=2.0).equals(make(noise_sd=2.0, seed=18))


@pytest.mark.parametrize(("length", "count"), [(3, 64), (3, 40), (5, 100), (200, 1000)])
def test_random_sequences_are_distinct(length, count):
    table = make(length=length, count=count)
    assert len(set(table["sequence"].to_pylist())) == count
    assert set(map(len, table["sequence"].to_pylist())) == {length}
    assert table.equals(make(length=length, count=count))


def test_more_sequences_than_there_are_is_refused():
    with pytest.raises(InputError, match=r"`count: 65` is more than the 64 sequences of length 3"):
        make(length=3, count=65)
    with pytest.raises(InputError, match=r"`count: all` of length 50"):
        make(length=50)
