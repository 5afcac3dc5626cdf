"""Networks that read both strands, and who decides whether they should."""

import numpy as np
import pytest
import torch

from seq2score.models import build
from seq2score.models.network import one_hot
from seq2score.sequences import encoding
from seq2score.training.batches import Block, Resident, Sets, turn_inserts
from seq2score.training.strands import settle

FAMILIES = {"resnet": {"filters": 6, "kernel_size": 5}, "legnet": {"filters": 8, "group": 4}}
LENGTH = 60


def network(family, **options):
    torch.manual_seed(1)
    return build(family, {**FAMILIES[family], **options}, LENGTH, 1)


def codes(rows=20, seed=0):
    sample = np.random.default_rng(seed).integers(0, 4, (rows, LENGTH), dtype=np.uint8)
    return torch.from_numpy(sample)


@pytest.mark.parametrize("family", FAMILIES)
def test_both_strands_of_a_sequence_get_the_same(family):
    forth, back = codes(), turn_inserts(codes())
    item, both = network(family).eval(), network(family, strands="both").eval()
    with torch.no_grad():
        torch.testing.assert_close(both(one_hot(forth)), both(one_hot(back)))
        mean = (item(one_hot(forth)) + item(one_hot(back))) / 2
        torch.testing.assert_close(both(one_hot(forth)), mean)
        assert not torch.allclose(item(one_hot(forth)), item(one_hot(back)), atol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_was_saved_without_a_choice_reads_one_strand(family):
    old = {name: tensor for name, tensor in network(family).state_dict().items() if name != "both"}
    again = network(family)
    again.load_state_dict(old)
    assert not again.both
    kept = network(family, strands="auto")
    kept.load_state_dict(network(family, strands="both").state_dict())
    assert kept.both


def planted(rows, seed, strands):
    """Random sequences; the score is the number of a word, on one strand or on both, and noise."""
    random = np.random.default_rng(seed)
    sequences = random.integers(0, 4, (rows, LENGTH), dtype=np.uint8)
    word = encoding.encode(["TGACCTTA"])[0]
    both = [word, 3 - word[::-1]][:strands]
    for row in sequences:
        for _ in range(random.integers(0, 4)):
            position = random.integers(0, LENGTH - 8)
            row[position : position + 8] = both[random.integers(0, strands)]
    windows = np.lib.stride_tricks.sliding_window_view(sequences, 8, axis=1)
    score = sum((windows == item).all(2).sum(1) for item in both) + random.normal(size=rows)
    return Resident(
        Block(torch.from_numpy(sequences), torch.from_numpy(score[:, None]).float(), None)
    )


@pytest.mark.parametrize(("strands", "settled"), [(1, False), (2, True)])
def test_the_validation_set_says_whether_the_strand_matters(strands, settled):
    sets = Sets(planted(400, 1, strands), planted(200, 2, strands))
    reads = network("legnet", strands="auto")
    settle(reads, sets, LENGTH, 1, seed=3)
    assert bool(reads.both) == settled
    request = network("legnet", strands="one")
    settle(request, sets, LENGTH, 1, seed=3)
    assert not request.both


def test_places_outweigh_strands():
    random = np.random.default_rng(5)
    rule = random.normal(size=LENGTH)
    parts = []
    for rows, seed in ((400, 1), (200, 2)):
        letters = codes(rows, seed)
        score = ((letters.numpy() % 3 == 0) @ rule)[:, None]
        parts.append(Resident(Block(letters, torch.from_numpy(score).float(), None)))
    reads = network("resnet", strands="auto")
    settle(reads, Sets(*parts), LENGTH, 1, seed=3)
    assert not reads.both
