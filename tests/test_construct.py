"""The construct around the sequences: the same for whoever trains, predicts or exports."""

import numpy as np
import onnxruntime
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from factories.models import RECORD
from factories.tables import check, good_rows, imported, write
from factories.training import SETTINGS
from seq2score.errors import InputError
from seq2score.inference import export
from seq2score.inference.prediction import Predictor
from seq2score.models import build
from seq2score.sequences import encoding
from seq2score.sequences.accepted import accept
from seq2score.sequences.construct import Construct, constant_ends
from seq2score.training import batches
from seq2score.training.batches import Sets
from seq2score.training.examples import Target, open_set
from seq2score.training.loop import Training

FLANKS = {"left": "ggaTC", "right": "CCA"}
INSERTS = ["".join(np.random.default_rng(i).choice([*"ACGT"], 6)) for i in range(60)]
WHOLE = ["GGATC" + insert + "CCA" for insert in INSERTS]


def trained(folder, sequences, flanks, reverse_complement="none", architecture="linear"):
    """A model of these sequences, trained for two epochs, and its record."""
    file = folder / f"{len(sequences[0])}.parquet"
    scores = np.random.default_rng(1).normal(size=len(sequences))
    pq.write_table(pa.table({"sequence": sequences, "score": scores}), file)
    construct, target = Construct.of(flanks), Target(["score"])
    train = open_set(file, target, None, torch.device("cpu"), construct)
    torch.manual_seed(3)
    length = len(sequences[0]) + construct.letters
    network = build(architecture, {}, length, 1)
    settings = {**SETTINGS, "epochs": 2, "batch_size": 16}
    Training(network, Sets(train, train, reverse_complement != "none"), settings, 5).run()
    more = {"input_length": len(sequences[0]), "flanks": flanks}
    more["reverse_complement"] = reverse_complement
    return Predictor(network, RECORD | more)


@pytest.mark.parametrize("architecture", ["linear", "cnn"])
def test_inserts_with_flanks_are_the_same_as_constructs(tmp_path, architecture):
    inside = trained(tmp_path, INSERTS, FLANKS, architecture=architecture)
    whole = trained(tmp_path, WHOLE, None, architecture=architecture)
    for ours, theirs in zip(inside.network.parameters(), whole.network.parameters(), strict=True):
        assert ours.detach().numpy().tobytes() == theirs.detach().numpy().tobytes()
    assert inside.predict(INSERTS).tobytes() == whole.predict(WHOLE).tobytes()
    assert inside.embed(INSERTS).tobytes() == whole.embed(WHOLE).tobytes()
    letters, constructs = (
        torch.from_numpy(encoding.one_hot(encoding.encode(s))) for s in (INSERTS, WHOLE)
    )
    with torch.inference_mode():
        assert torch.equal(inside.module(letters), whole.module(constructs))
    session = onnxruntime.InferenceSession(export.to_onnx(inside))
    bytes_of_letters = np.array([list(insert.encode()) for insert in INSERTS], np.uint8)
    (theirs,) = session.run(None, {"letters": bytes_of_letters})
    assert theirs[:, 0] == pytest.approx(inside.predict(INSERTS), abs=1e-5)


def test_the_other_strand_is_that_of_the_insert(tmp_path):
    both = trained(tmp_path, INSERTS, FLANKS, "average")
    item = Predictor(both.network, both.record | {"reverse_complement": "none"})
    turned = encoding.reverse_complement(encoding.encode(INSERTS))
    assert both.predict(INSERTS) == pytest.approx(
        (item.predict(INSERTS) + item.predict(turned)) / 2
    )
    letters = torch.from_numpy(encoding.one_hot(encoding.encode(INSERTS)))
    with torch.inference_mode():
        assert both.module(letters)[:, 0].numpy() == pytest.approx(both.predict(INSERTS), abs=1e-6)

    codes = torch.from_numpy(encoding.encode(WHOLE))
    examples = batches.Resident(batches.Block(codes, torch.zeros(60, 1), None), (5, 3))
    seen = [
        text
        for block in batches.shuffled(examples, 16, torch.Generator().manual_seed(1), True)
        for text in encoding.decode(block[0].numpy()).tolist()
    ]
    inserts = {*INSERTS, *encoding.decode(turned).tolist()}
    assert all(s.startswith("GGATC") and s.endswith("CCA") and s[5:-3] in inserts for s in seen)
    assert {s[5:-3] for s in seen} != {*INSERTS}


def test_a_table_of_constructs_does_not_get_flanks_twice(tmp_path):
    rows = [f"GGATC{row}" for row in good_rows()[1:]]
    path = write(tmp_path / "a.csv", ["sequence,score", *rows])
    with pytest.raises(InputError, match="holds the `flanks` already"):
        check(path, flanks={"left": "GGATC", "right": ""})
    assert check(path)["constant_ends"]["left"] == "GGATC"
    path = write(tmp_path / "b.csv", good_rows())
    table, _ = imported(path, flanks={"left": "GGATC", "right": ""})
    assert [f"{s}" for s in table["sequence"].to_pylist()] == [r[:6] for r in good_rows()[1:]]


@given(st.lists(st.text("ACG", min_size=1, max_size=6), min_size=1, max_size=5), st.text("ACG"))
def test_constant_ends_are_those_of_the_text(inserts, ends):
    texts = [ends + insert + ends for insert in inserts]
    shared = constant_ends(pa.chunked_array([texts[:2], texts[2:]], pa.string()).chunks)

    def begins(texts):
        return next((i for i, x in enumerate(zip(*texts, strict=False)) if len({*x}) > 1), None)

    left, right = begins(texts), begins([text[::-1] for text in texts])
    shortest = min(map(len, texts))
    assert shared["left"] == texts[0][: shortest if left is None else left]
    assert len(shared["right"]) == (shortest if right is None else right)
    assert texts[0].endswith(shared["right"])


def test_inputs_with_or_without_a_construct_are_explained():
    rules = {"input_length": 6, "length": "equal", "alphabet": "dna", "flanks": FLANKS}
    short = {"input_length": 6, "length": "equal", "alphabet": "dna"}
    short["flanks"] = {"left": "G", "right": "A"}
    assert accept(pa.array(["GCCTTA", "GGCCTTAA"]), short)[1][0] == ""  # by chance
    for rule in ({"pad": "right"}, {"crop": 6}):
        assert accept(pa.array(["GCCTTA", "GCTA"]), {**short, "length": rule})[1][0] == ""
    long = {"left": "GGATCC", "right": "CCAA"}
    padded = {**short, "input_length": 20, "length": {"pad": "right"}, "flanks": long}
    assert accept(pa.array(["GGATCCACGTCCAA"]), padded)[1][0].startswith("holds the flanks")
    _, problems = accept(pa.array([WHOLE[0], INSERTS[0], "ACG", None, "ACGTA-"]), rules)
    assert problems[0].startswith("holds the flanks already")
    assert problems[1:] == [
        "",
        "has 3 letters; the model takes 6",
        "has 0 letters; the model takes 6",
        "holds another letter than A, C, G, T, N",
    ]
    rules = {**rules, "input_length": 14, "flanks": None}
    rules["constant_ends"] = {"left": "GGATC", "right": "CCA"}
    (problem,) = accept(pa.array(INSERTS[:1]), rules)[1]
    assert problem.startswith("has 6 letters; the model takes 14, GGATC before and CCA behind")
