"""Contributions of letters: each method against what is known, its sums, and its files."""

import runpy
import sys
from collections import Counter
from functools import partial
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from torch import nn

from conftest import ROOT
from seq2score.attributions import explaining, methods, modisco, no_patterns, store
from seq2score.attributions.methods import Differentiable, explain
from seq2score.attributions.shuffling import dinucleotide_orders, dinucleotide_shuffles
from seq2score.errors import InputError
from seq2score.evaluation.metrics import auroc
from seq2score.inference import shares
from seq2score.models import build
from seq2score.motifs.mutagenesis import motif_positions
from seq2score.sequences.encoding import N, decode, encode
from seq2score.sequences.new import REASON
from seq2score.settings.resolve import ConfigError, resolve

LETTERS = torch.tensor([20.0, 17, 14, 11])
EXACT = ["deep_lift_shap", "integrated_gradients"]


class Rule(nn.Module):
    """The teaching task's score: mean of the letters, +10 for TAT, -10 for GCG, once each."""

    def __init__(self):
        super().__init__()
        self.scan = nn.Conv1d(4, 2, 3, bias=False)
        words = torch.from_numpy(encode(["TAT", "GCG"])).long()
        self.scan.weight.data = torch.eye(4)[words].transpose(1, 2)

    def forward(self, x):
        held = nn.functional.max_pool1d(torch.relu(self.scan(x) - 2), x.shape[2] - 2).squeeze(2)
        letters = (x * LETTERS.to(x)[:, None]).sum((1, 2)) / x.shape[2]
        return (letters + 10 * held[:, 0] - 10 * held[:, 1])[:, None]


class Product(nn.Module):
    def forward(self, x):
        return (x[:, 0, :6].sum(1) * x[:, 1, 6:].sum(1))[:, None]


@pytest.fixture
def codes():
    sample = np.random.default_rng(1).integers(0, 4, (60, 12), dtype=np.uint8)
    sample[3, :4] = sample[5, 7] = N
    return sample


def network(architecture, **options):
    torch.manual_seed(1)
    built = build(architecture, options, 12, 2)
    for layer in built.modules():  # residual blocks begin by doing nothing
        if isinstance(layer, nn.Conv1d | nn.Linear):
            nn.init.normal_(layer.weight, 0, 0.3)
    return built


# ------------------------------------------------------------------------------------- references
def pairs(letters):
    return Counter(pairwise(letters))


def test_shuffles_keep_every_pair_of_neighbours_and_n(codes):
    orders = dinucleotide_orders(codes, 3, 17)
    for sequence, of_sequence in zip(codes, orders, strict=True):
        for order in of_sequence:
            assert sorted(order) == list(range(12))
            shuffle = sequence[order]
            assert pairs(shuffle) == pairs(sequence)
            np.testing.assert_array_equal(shuffle == N, sequence == N)


def test_every_walk_is_drawn_as_often():
    shuffles = dinucleotide_shuffles(encode(["ACAGACCA"]), 6000, 1)[0]
    sample = Counter(map(bytes, shuffles))
    assert len(sample) == 6  # all that there are: AC twice, CA, AG, GA, CC
    assert sum((count - 1000) ** 2 / 1000 for count in sample.values()) < 20.5  # p = 0.001


def test_a_sequence_has_the_same_shuffles_in_any_company(codes):
    alone = np.concatenate([dinucleotide_shuffles(codes[[i]], 4, 5) for i in range(8)])
    np.testing.assert_array_equal(dinucleotide_shuffles(codes[:8], 4, 5), alone)
    assert (dinucleotide_shuffles(codes[:8], 4, 6) != alone).any()


# ---------------------------------------------------------------------------------------- methods
@pytest.mark.parametrize("method", methods.METHODS)
def test_a_linear_model_s_contributions_are_its_centred_weights(method, codes):
    model = network("linear")
    weights = model.output.weight.detach().numpy()[1].reshape(4, 12)
    results = explain(method, Differentiable(model, 1), codes, 6, 17)
    centre = weights.mean(axis=0)
    if method in EXACT:  # centred on the references' letters, not on all four alike
        shuffles = dinucleotide_shuffles(codes, 6, 17)
        held = (shuffles[:, :, None] == np.arange(4)[:, None]).mean(axis=1)
        centre = (held * weights).sum(axis=1)[:, None]
    expected = np.where((codes == N)[:, None], 0, weights - centre)
    np.testing.assert_allclose(results.hypothetical, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("architecture", "options"),
    [
        ("cnn", {"hidden": 4, "activation": "exponential"}),
        ("cnn2d", {"hidden": 4, "filters": 4}),
        ("resnet", {"filters": 4, "batch_norm": True, "blocks": 1, "hidden": 4}),
    ],
)
def test_sums_are_the_difference_to_the_reference(architecture, options, codes):
    score = Differentiable(network(architecture, **options), 1)
    for method, tolerance in [("deep_lift_shap", 1e-9), ("integrated_gradients", 0.02)]:
        results = explain(method, score, codes, 4, 17)
        size = np.abs(results.prediction - results.reference).max()
        assert np.abs(results.error(codes)).max() <= tolerance * size, method
        np.testing.assert_allclose(results.prediction, score(codes))


def test_deep_lift_of_a_single_unit_is_the_rescale_rule():
    class Unit(nn.Module):
        def forward(self, x):
            return torch.relu(x[:, 0].sum(1) - 1.5)[:, None]

    codes = encode(["AATC"])
    results = explain("deep_lift_shap", Differentiable(Unit()), codes, 1, 17)
    assert results.prediction == 0.5  # of two A; a shuffle holds as many
    np.testing.assert_allclose(results.error(codes), 0, atol=1e-12)


def test_gaps_of_a_method_are_named_and_not_passed_over(codes):
    with pytest.raises(InputError, match=r"attributions\.method: deep_lift_shap has no rule"):
        explain("deep_lift_shap", Differentiable(Product()), codes[6:], 3, 17)
    results = explain("integrated_gradients", Differentiable(Product()), codes[6:], 3, 17)
    assert np.abs(results.error(codes[6:])).max() < 1e-9


def test_recurrent_layers_and_attention_have_slopes(codes):
    for architecture in ["bilstm", "transformer"]:
        score = Differentiable(network(architecture, filters=4), 0)
        results = explain("gradient", score, codes[:5], 2, 17)
        assert np.abs(results.hypothetical).max() > 0
        np.testing.assert_allclose(results.hypothetical.sum(axis=1), 0, atol=1e-9)


@pytest.mark.parametrize(
    ("method", "length", "least"),
    [
        ("mutagenesis", 8, 0.97),
        ("mutagenesis", 30, 0.97),
        ("deep_lift_shap", 30, 0.85),
        ("integrated_gradients", 30, 0.95),
    ],
)
def test_the_rule_s_own_motifs_are_found(method, length, least):
    """Not by references in 8-mers, for a shuffle of so few letters often holds the motif too."""
    codes = np.random.default_rng(4).integers(0, 4, (1500, length), dtype=np.uint8)
    inside, number = motif_positions(codes, ["TAT", "GCG"])
    codes, inside = codes[number == 1][:100], inside[number == 1][:100]
    results = explain(method, Differentiable(Rule()), codes, 10, 17).contributions(codes)
    assert auroc(inside.ravel(), np.abs(results).ravel()) > least


# ------------------------------------------------------------------------------------------ files
def test_files_are_read_as_they_are_and_in_batches(tmp_path, codes, monkeypatch):
    numbers = np.random.default_rng(2).normal(size=(60, 4, 12)).astype(np.float32)
    letters = codes[:, None] == np.arange(4)[:, None]
    ids = [f"seq {i}" for i in range(60)]
    for name, array, dtype in zip(store.FILES, (letters, numbers), ("i1", "f4"), strict=True):
        with store.Writer(tmp_path / name, (60, 4, 12), dtype) as writer:
            for start in range(0, 60, 25):
                writer.write(ids[start : start + 25], array[start : start + 25])
        archive = np.load(tmp_path / name)
        np.testing.assert_array_equal(archive["arr_0"], array)
        assert archive["ids"].tolist() == ids
    monkeypatch.setattr(store, "_BATCH_NUMBERS", 7 * 48)
    parts = list(store.contributions(tmp_path))
    assert len(parts) == 9
    np.testing.assert_array_equal(np.concatenate([part for part, _ in parts]), codes)
    kept = np.concatenate([values for _, values in parts])
    np.testing.assert_allclose(kept, (letters * numbers).sum(axis=1), rtol=1e-6)


def test_tangermeme_reads_the_files_and_says_the_same(tmp_path, codes):
    theirs = pytest.importorskip("tangermeme.saturation_mutagenesis")
    score, letters = Differentiable(network("cnn")), codes[:, None] == np.arange(4)[:, None]
    result = explain("mutagenesis", score, codes, 2, 17).hypothetical
    for name, array, dtype in zip(store.FILES, (letters, result), ("i1", "f4"), strict=True):
        with store.Writer(tmp_path / name, (60, 4, 12), dtype) as writer:
            writer.write([*map(str, range(60))], array)
    one_hot, ours = (torch.from_numpy(np.load(tmp_path / name)["arr_0"]) for name in store.FILES)
    whole = (codes < N).all(axis=1)  # an N is for them a letter to be put in
    expected = theirs.saturation_mutagenesis(
        score.module, one_hot[whole].double(), target=0, hypothetical=True, device="cpu"
    )
    torch.testing.assert_close(ours[whole], expected.float(), atol=1e-6, rtol=1e-5)


def test_sequences_by_id_and_an_id_that_is_not_there(tmp_path):
    path = tmp_path / "sequences.parquet"
    pq.write_table(pa.table({"id": ["a", "b", "c"], "sequence": ["AC", "GT", "TT"]}), path)
    (rows,) = explaining.choose_rows(["c", "a"], path)
    assert rows["sequence"].to_pylist() == ["AC", "TT"] and rows[REASON].to_pylist() == ["", ""]
    with pytest.raises(InputError, match=r"attributions\.sequences: no sequence has the id zz"):
        list(explaining.choose_rows(["a", "zz"], path))


class Read:
    """Of a model, how it reads sequences."""

    def read(self, sequences):
        problems = ["" if len(text) == 12 else "too short" for text in sequences.to_pylist()]
        texts = [text.ljust(12, "N") for text in sequences.to_pylist()]
        return encode(texts), problems


@pytest.mark.parametrize("parts", [2, 3, 40])
def test_parts_are_the_same_bytes_as_one_job(tmp_path, codes, monkeypatch, parts):
    monkeypatch.setattr("seq2score.attributions.explaining.LETTERS_TOGETHER", 7 * 12)
    texts = decode(codes).tolist()
    texts[4] = texts[14] = "ACG"
    table = {"id": [f"s{i}" for i in range(60)], "sequence": texts}
    pq.write_table(pa.table(table), tmp_path / "sequences.parquet")
    request = {"method": "deep_lift_shap", "references": 3, "seed": 17}
    of = "all", tmp_path / "sequences.parquet", 12
    made = partial(explaining.explain_rows, Read(), Differentiable(Rule()), request)

    def files(name):
        (tmp_path / name).mkdir()
        names = {"one_hot": store.FILES[0], "hypothetical": store.FILES[1], "table": "table.tsv"}
        return SimpleNamespace(**{key: tmp_path / name / file for key, file in names.items()})

    item, together = files("one"), files("together")
    store.write(map(made, explaining.pieces(*of)), 58, 12, item)
    paths = [tmp_path / f"part{part}.parquet" for part in range(1, parts + 1)]
    for part, path in enumerate(paths, 1):
        mine = explaining.pieces(*of, part, parts)
        shares.write(path, store.schema(12), map(made, mine))
    script = ROOT / "scripts" / "gather_attributions.py"
    monkeypatch.setattr("seq2score.job.start", lambda _: None)
    runpy.run_path(script, {"snakemake": SimpleNamespace(input=paths, output=together)}, "__main__")
    for kind in ("one_hot", "hypothetical", "table"):
        assert getattr(together, kind).read_bytes() == getattr(item, kind).read_bytes(), kind
    archive = np.load(item.hypothetical)
    kept = [i for i in range(60) if i not in (4, 14)]
    assert archive["ids"].tolist() == [f"s{i}" for i in kept]
    np.testing.assert_array_equal(np.load(item.one_hot)["arr_0"].argmax(axis=1)[0], codes[0])
    whole = explain("deep_lift_shap", Differentiable(Rule()), codes[kept], 3, 17)
    np.testing.assert_allclose(archive["arr_0"], whole.hypothetical, rtol=1e-5, atol=1e-5)
    assert "\ttoo short\n" in item.table.read_text()


# ----------------------------------------------------------------------------------------- config
CONFIG = {"datasets": {"made": {"synthetic": {}}}, "models": {"m": {"architecture": "cnn"}}}


def test_nothing_is_explained_unasked():
    assert resolve(CONFIG).questions["attributions"] == {}
    assert resolve({**CONFIG, "attributions": {}}).questions["attributions"] == {}


def test_a_file_is_what_predict_reads():
    request = resolve({**CONFIG, "attributions": {"sequences": "new.fasta"}}).questions
    assert request["attributions"]["attributions"].plain()["sequences"]["path"] == "new.fasta"
    assert request["attributions"]["attributions"].plain()["sequences"]["sequence"] == "sequence"
    for sequences, message in [({"path": "new.bed"}, "genome"), ("new.docx", "Allowed: test, all")]:
        with pytest.raises(ConfigError, match=message):
            resolve({**CONFIG, "attributions": {"sequences": sequences}})


def test_patterns_are_refused_where_they_are_of_no_use(monkeypatch):
    with pytest.raises(ConfigError, match=r"patterns: datasets\.made: TF-MoDISco needs"):
        resolve({**CONFIG, "attributions": {"patterns": True}})
    assert "at least 100 sequences; there are 60" in no_patterns(200, 60)
    assert no_patterns(200, 1000) is None
    monkeypatch.setitem(sys.modules, "modiscolite", None)
    monkeypatch.setitem(sys.modules, "modiscolite.tfmodisco", None)
    with pytest.raises(InputError, match=r"pip install modisco-lite==3\.0\.0"):
        modisco.patterns(*np.zeros((2, 2, 4, 50)), both_strands=False)


class Seqlet:
    """As tf-modisco-lite has it: `is_revcomp` ones are turned round already."""

    def __init__(self, word, start, is_revcomp, contributions=(1, 1, 1, 1, 0)):
        letters = np.eye(4)[encode([word])[0]]
        result = letters * np.array(contributions)[:, None]
        self.sequence, self.contrib_scores = (
            of[::-1, ::-1] if is_revcomp else of for of in (letters, result)
        )
        self.example_idx, self.start, self.end = 3, start, start + len(word)
        self.is_revcomp = is_revcomp


def test_a_pattern_is_cut_to_what_contributes():
    seqlet = Seqlet("ATATC", 20, False, (0, 1, 1, 0.9, 0.1))
    other = Seqlet("GATAT", 30, True, (0.1, 0.9, 1, 1, 0))
    motif = modisco._motif([seqlet, other], both_strands=True)
    assert motif.seed["word"] == "TAT" and motif.counts.sum() == 6
    assert motif.sites.tolist() == [[3, 11], [3, 21]]  # ten letters stand around sequences


@pytest.mark.parametrize("back", [False, True])
def test_on_one_strand_sites_are_read_as_they_stand(back):
    """Of a motif near a palindrome, and where most are turned round."""
    stands = [Seqlet("CCTGAGTCAC", start, back, [0, 0, *[1] * 7, 0]) for start in (20, 30)]
    turned = Seqlet("CTGAGTCACC", 40, not back, [0, *[1] * 7, 0, 0])
    motif = modisco._motif([*stands, turned], both_strands=False)
    assert motif.seed["word"] == "TGAGTCA" and (motif.counts.max(axis=0) == 2).all()
    assert motif.sites.tolist() == [[3, 12], [3, 22]]
    both = modisco._motif([*stands, turned], both_strands=True)
    assert both.counts.max(axis=0).tolist() == [3, 3, 3, 2, 3, 3, 3]
