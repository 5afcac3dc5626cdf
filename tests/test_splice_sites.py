"""Known rules of 5' splice sites, from measured splicing alone: what `make data` fetches."""

import numpy as np
import pyarrow.compute as pc
import pytest
import torch
from pyarrow import csv

from conftest import ROOT
from seq2score.attributions import syntax
from seq2score.attributions.methods import Differentiable, explain
from seq2score.attributions.words import means_by_place
from seq2score.models import build
from seq2score.motifs import insertion
from seq2score.sequences.encoding import BASES, encode
from seq2score.settings.resolve import resolve
from seq2score.training.batches import Block, Resident, Sets
from seq2score.training.loop import Training

pytestmark = [pytest.mark.data, pytest.mark.slow]
CONSENSUS = "CAGGTAAGT"  # positions -3 to -1 and +1 to +6; the library holds +1 G, and +2 T or C


@pytest.fixture(scope="module")
def measured():
    """A network trained on three quarters of the library, and the test set."""
    table = csv.read_csv(ROOT / "data/mpsa.csv.gz")
    codes = encode(pc.replace_substring(table["x"], "U", "T"))
    scores, of = table["y"].to_numpy(), np.array(table["set"].to_pylist())
    config = {
        "datasets": {"any": {"table": {"path": "any.csv"}}},
        "models": {"m": {"preset": "network"}},
    }
    settings = resolve(config).models["m"].training.plain() | {"epochs": 12}
    targets = torch.from_numpy((scores - scores.mean()) / scores.std())[:, None].float()
    sets = [
        Resident(Block(torch.from_numpy(codes[of == name]), targets[of == name], None))
        for name in ("training", "validation")
    ]
    torch.manual_seed(1)
    network = build("resnet", {"filters": 32, "kernel_size": 5}, codes.shape[1], 1)
    Training(network, Sets(*sets), {**settings, "loss": "mse"}, 1).run()
    return Differentiable(network), codes[of == "test"]


def test_the_consensus_is_found(measured):
    score, codes = measured
    assert "".join(BASES[i] for i in np.flatnonzero(np.bincount(codes[:, 3], minlength=4))) == "G"
    codes = codes[:2000]
    results = explain("mutagenesis", score, codes, 1, 17).contributions(codes)
    means = np.nan_to_num(means_by_place(codes, results), nan=-np.inf)
    best = "".join(BASES[i] for i in means.argmax(axis=0))
    assert best[1:8] == CONSENSUS[1:8]  # at the ends, where little depends on it, C or A and T or G
    span = np.ptp(np.nan_to_num(means, neginf=0), axis=0)
    assert {*np.argsort(-span)[:4]} == {2, 4, 5, 7}  # -1 G, +2 T, +3 A, +5 G


def test_letters_of_the_consensus_need_each_other(measured):
    score, codes = measured
    some = codes[np.linspace(0, len(codes) - 1, 40).astype(int)]
    rows = syntax.pairs_of_mutations(score, some, insertion.varying(codes))
    sure = {
        (row["letter_1"] + str(row["position_1"]), row["letter_2"] + str(row["position_2"])): row
        for row in rows
        if row["low"] > 0
    }
    for pair in [("G3", "T5"), ("T5", "A6"), ("G3", "A6"), ("A2", "G3"), ("A7", "G8")]:
        assert pair in sure
    strongest = sorted(sure, key=lambda pair: -sure[pair]["additive"])[:3]
    assert all(CONSENSUS[int(of[1]) - 1] == of[0] for pair in strongest for of in pair)
