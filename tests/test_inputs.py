"""Columns of the table beside the sequence: read, refused, learned from, and asked about."""

import json
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

import seq2score
from factories.tables import SPLIT, check, imported, sequences, write
from factories.training import SETTINGS
from seq2score.attributions import methods
from seq2score.certainty.assess import CalibratedModel, calibrate_model
from seq2score.certainty.new import predict_file
from seq2score.certainty.parts import predict_rows
from seq2score.errors import InputError
from seq2score.evaluation import floors
from seq2score.evaluation.card import card
from seq2score.models import build, files
from seq2score.models.fusion import WIDTH
from seq2score.sequences.encoding import decode, encode, one_hot
from seq2score.sequences.inputs import Category, Inputs, Number
from seq2score.settings.resolve import ConfigError, resolve
from seq2score.training import batches
from seq2score.training.train import train

LENGTH = 8
KINDS = {"dose": "number", "cell": "category"}
CELLS = {"K562": 0.0, "HepG2": 2.0, "WTC11": -1.0}
SOME = Inputs((Number("a", 0, 1, 0), Category("b", ["x", "y"], "x")))  # three numbers
torch.set_num_threads(1)


# ------------------------------------------------------------------------------------- the table
def rows_of(change=lambda row, i: row, rows=40):
    """A header and rows with a dose and a cell line; change: of the list of cells of each."""
    message = [
        change([s, f"{i / 7:.4f}", str(i % 5), ["K562", "HepG2"][i % 2]], i)
        for i, s in enumerate(sequences(rows))
    ]
    return ["sequence,score,dose,cell", *(",".join(cells) for cells in message)]


def changed(position, value, at=lambda i: i == 9):
    return lambda row, i: [*row[:position], value, *row[position + 1 :]] if at(i) else row


def test_inputs_are_read_as_what_they_are(tmp_path):
    path = write(tmp_path / "a.csv", rows_of(changed(3, " 7 ")))
    rows, _ = imported(path, inputs=KINDS)
    assert rows["dose"].to_pylist()[:3] == [0.0, 1.0, 2.0]
    assert rows["cell"].to_pylist()[8:10] == ["K562", "7"]  # a name that is a digit stays a name


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed(2, ""), ["line 11, dose", "is missing"]),
        (changed(2, "high"), ["line 11, dose", "'high' is not a number"]),
        (changed(2, "inf"), ["line 11, dose", "is not a finite number"]),
        (changed(3, "NA"), ["line 11, cell", "is missing"]),
    ],
)
def test_a_value_that_is_none_is_a_fault_of_its_row(tmp_path, change, words):
    path = write(tmp_path / "a.csv", rows_of(change))
    with pytest.raises(InputError) as error:
        check(path, inputs=KINDS)
    assert all(word in str(error.value) for word in words)
    rows, rejected = imported(path, inputs=KINDS, invalid_rows="drop")
    assert (len(rows), rejected[0]["line"]) == (39, 11)
    check(path)  # nothing of it where nobody asks for these columns


@pytest.mark.parametrize(
    ("change", "section", "words"),
    [
        (changed(3, "A549"), {}, ["no row of 'cell' 'A549'", "leave the column out"]),
        (changed(2, "3", lambda i: True), {}, ["every 'dose' of the train set is 3"]),
        (None, {"inputs": {"Dose": "number"}}, ["no column 'Dose' (inputs)", "'dose'"]),
        (None, {"inputs": {"score": "number"}}, ["inputs: 'score'", "`score` already"]),
        (None, {"at": {"cell": "Jurkat"}}, ["at: cell: 'Jurkat'", "HepG2, K562"]),
        (changed(2, "1e99"), {}, ["inputs: a row has a dose too far from those of the", "1e+99"]),
        (None, {"at": {"dose": 1e99}}, ["at: has a dose too far", "1e+99"]),
        (
            changed(3, "ACGTAC", lambda i: True),
            {"inputs": {"cell": "sequence"}, "at": {"cell": "ACG"}},
            ["table.at: ACG cell: has 3 letters; the model takes 6"],
        ),
    ],
)
def test_inputs_that_teach_nothing_are_refused(tmp_path, change, section, words):
    path = write(tmp_path / "a.csv", rows_of(change or (lambda row, i: row)))
    section = {"inputs": KINDS} | section
    with pytest.raises(InputError) as error:
        for seed in range(12):  # until the only row of its level is not in the train set
            check(path, split=SPLIT | {"seed": seed}, **section)
    assert all(word in str(error.value) for word in words)


def test_the_same_sequence_under_other_inputs_is_no_duplicate(tmp_path):
    twice = rows_of() + rows_of(changed(2, "9", lambda i: True))[1:]
    path = write(tmp_path / "a.csv", twice)
    kept, _ = imported(path, inputs=KINDS, duplicates="mean")
    check(path, inputs=KINDS, duplicates="error")
    merged, _ = imported(path, duplicates="mean")
    assert (len(kept), len(merged)) == (80, 40)
    again = write(tmp_path / "b.csv", [*twice, twice[1]])
    with pytest.raises(InputError, match="of another row under the same inputs"):
        check(again, inputs=KINDS, duplicates="error")
    assert len(imported(again, inputs=KINDS, duplicates="mean")[0]) == 80


def test_values_swapped_between_two_inputs_are_others(tmp_path):
    rows = rows_of() + rows_of()[1:]
    cells = [row.split(",") for row in rows[1:]]
    for i, row in enumerate(cells):
        row[2:] = ["1", "2"] if (i < 40) == (i % 2 == 0) else ["2", "1"]
    path = write(tmp_path / "a.csv", [rows[0], *(",".join(row) for row in cells)])
    kept, _ = imported(path, inputs=dict.fromkeys(KINDS, "number"), duplicates="mean")
    assert len(kept) == 80


def test_rows_of_one_sequence_stay_together(tmp_path):
    path = write(tmp_path / "a.csv", rows_of() + rows_of(changed(2, "9", lambda i: True))[1:])
    rows, _ = imported(path, inputs=KINDS)
    from seq2score.splits.splitting import split_sequences

    pq.write_table(rows, tmp_path / "s.parquet")
    files = [tmp_path / f"{part}.parquet" for part in ("train", "validation", "test", "c")]
    split_sequences(tmp_path / "s.parquet", SPLIT, ["score"], False, files, tmp_path / "r")
    parts = [{*pq.read_table(file)["sequence"].to_pylist()} for file in files]
    assert sum(map(len, parts)) == 40


# ------------------------------------------------------------------------------------ the models
def planted(rows, seed):
    """Score: dose times whether GA is there, an offset of the cell line, and little noise."""
    random = np.random.default_rng(seed)
    codes = random.integers(0, 4, (rows, LENGTH), dtype=np.uint8)
    holds = ((codes[:, :-1] == 2) & (codes[:, 1:] == 0)).any(axis=1)
    dose, cell = random.uniform(0, 4, rows), random.choice(list(CELLS), rows)
    offset = np.array([CELLS[name] for name in cell])
    score = dose * holds + offset + random.normal(0, 0.1, rows)
    ids = [f"r{i}" for i in range(rows)]
    columns = {"id": ids, "sequence": decode(codes), "score": score, "dose": dose, "cell": cell}
    return pa.table(columns)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folders = tmp_path_factory.mktemp("planted")
    for seed, (part, rows) in enumerate({"train": 900, "validation": 300, "test": 300}.items()):
        pq.write_table(planted(rows, seed), folders / f"{part}.parquet")
    return folders


def learned(folder, architecture, kinds=KINDS, seed=1, options=(), at=(), **training):
    """A folder with a model that was trained as the rule trains it."""
    metadata = {
        **{"task": "regression", "outputs": ["score"], "score_transform": "none", "weight": None},
        **{"alphabet": "dna", "length": "equal", "flanks": {"left": "", "right": ""}},
        **{"reverse_complement": "none", "architecture": architecture, "options": dict(options)},
        **{"start_from": None, "device": "cpu", "inputs": kinds, "at": dict(at)},
    }
    metadata["training"] = SETTINGS | {
        **{"loss": None, "optimizer": "adamw", "learning_rate": 0.01, "epochs": 25, "gpus": 1},
        **{"target_scaling": "standardize"},
        **training,
    }
    parts = {part: folder / f"{part}.parquet" for part in ("train", "validation")}
    made = train(parts, metadata, seed, torch.device("cpu"))
    name = f"{architecture.replace(':', '_')}{len(kinds)}{len(at)}"
    folders = folder / "d" / name / f"seed{seed}"
    folders.mkdir(parents=True, exist_ok=True)
    record = {"dataset": "d", "model": name, "seq2score": seq2score.__version__} | made.record
    files.save(made.model, record, folders / "model.safetensors", folders / "model.json")
    return folders


def r2(model, folder, inputs=True):
    test = pq.read_table(folder / "test.parquet")
    result = model.predict(test["sequence"].to_pylist(), *([test] if inputs else []))
    score = test["score"].to_numpy()
    return 1 - ((score - result) ** 2).sum() / ((score - score.mean()) ** 2).sum()


CNN = {"filters": 8, "kernel_size": 4}
TREES = {"kmers": 2, "learning_rate": 0.3, "trees": 60}
KERNEL = {"kmers": 3, "landmarks": 150}
FAMILIES = {"cnn": (CNN, 0.97), "trees": (TREES, 0.85), "kernel": (KERNEL, 0.8)}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_planted_rule_is_learned_with_its_inputs(folder, family):
    options, reached = FAMILIES[family]
    assert r2(seq2score.load(learned(folder, family, options=options)), folder) > reached


def test_a_planted_rule_is_not_learned_without_its_inputs(folder):
    folders = learned(folder, "cnn", {}, options=CNN)
    assert r2(seq2score.load(folders), folder, inputs=False) < 0.5
    assert "inputs" not in json.loads((folders / "model.json").read_text())


def test_an_additive_family_stays_one(folder):
    """A dose counts the same for every sequence; offsets of the cell lines are found."""
    model = seq2score.load(learned(folder, "linear", epochs=25, learning_rate=0.03))
    at = {"dose": [0.0, 4.0, 0.0, 4.0], "cell": ["K562"] * 4}
    a, b, c, d = model.predict(["GAGAGAGA"] * 2 + ["CCCCCCCC"] * 2, at)
    assert b - a == pytest.approx(d - c, abs=1e-5)
    cells = model.predict(["GAGAGAGA"] * 3, {"dose": 1, "cell": list(CELLS)})
    assert np.diff(cells) == pytest.approx([2, -3], abs=0.3)


@pytest.mark.parametrize("family", ["resnet", "bilstm", "transformer", "legnet", "cnn2d"])
def test_every_network_takes_inputs(family):
    torch.manual_seed(1)
    model = build(family, {"filters": 8} if family != "legnet" else {}, 12, 2, inputs=SOME).eval()
    x = torch.from_numpy(one_hot(np.random.default_rng(0).integers(0, 4, (5, 12))))
    inputs = torch.randn(5, 3)
    assert model(x, inputs).shape == (5, 2)
    assert not torch.equal(model(x, inputs), model(x, inputs + 1))
    assert model.scanning is model.reading.scanning is not None


CUSTOM = """
import numpy as np
from sklearn.linear_model import Ridge
from torch import nn


class Net(nn.Module):
    def __init__(self, length, outputs):
        super().__init__()
        self.layers = nn.Linear(4 * length, outputs)

    def forward(self, x):
        return self.layers(x.flatten(1))


class Fixed(nn.Module):
    def __init__(self, length):
        super().__init__()
        self.layer = nn.Linear(4 * length, 1)
"""


def test_classes_of_the_users_own(folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "mine.py").write_text(CUSTOM)
    assert r2(seq2score.load(learned(folder, "mine.py:Ridge"), trust_code=True), folder) > 0.5
    assert (
        build("mine.py:Net", {}, LENGTH, 1, inputs=SOME).reading.module.layers.out_features == WIDTH
    )
    with pytest.raises(InputError, match="must take `outputs`"):
        build("mine.py:Fixed", {}, LENGTH, 1, inputs=SOME)


def test_covariates_of_a_batch_are_those_of_its_rows():
    codes, values = torch.zeros(20, 4, dtype=torch.uint8), torch.arange(20.0)[:, None]
    for covariates in ([], [values]):
        examples = batches.Resident(batches.Block(codes, values, None, *covariates))
        for batch in batches.shuffled(examples, 6, torch.Generator().manual_seed(1), True):
            assert len(batch.given) == len(covariates)
            assert all(torch.equal(part, batch.targets) for part in batch.given)


# ---------------------------------------------------------------------------------- asking them
@pytest.fixture(scope="module")
def model(folder):
    return seq2score.load(learned(folder, "cnn", options=CNN, at={"dose": 3}))


def test_inputs_come_in_any_form(model, folder):
    test = pq.read_table(folder / "test.parquet").slice(0, 5)
    sequences = test["sequence"].to_pylist()
    result = model.predict(sequences, test)
    frame = test.to_pandas()
    given = {name: frame[name].to_list() for name in KINDS}
    for inputs in (frame, given, test.to_batches()[0], model.covariates(test)):
        assert np.array_equal(model.predict(sequences, inputs), result)
    item = model.predict(sequences, {"dose": 2, "cell": "HepG2"})
    assert np.array_equal(item, model.predict(sequences, {"dose": [2] * 5, "cell": ["HepG2"] * 5}))


def test_sequences_alone_are_asked_at_fixed_values(model, folder, caplog):
    train_set = pq.read_table(folder / "train.parquet").to_pandas()
    assert model.inputs.alone == {"dose": 3.0, "cell": train_set["cell"].mode()[0]}
    median = seq2score.load(learned(folder, "linear", epochs=1)).inputs.alone["dose"]
    assert median == pytest.approx(train_set["dose"].median())
    sequences = ["GAGAGAGA", "CCCCCCCC"]
    alone = model.predict(sequences)
    assert np.array_equal(alone, model.predict(sequences, model.inputs.alone))
    codes, _ = model.read(pa.array(sequences))
    by_module = model.module(torch.from_numpy(one_hot(codes)))[:, 0].detach().numpy()
    assert by_module == pytest.approx(alone, abs=1e-5)
    with caplog.at_level("INFO"):
        seq2score.load(folder / "d" / "cnn21" / "seed1")
    assert "asked at dose 3, cell " in caplog.text


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"dose": [1, 2]}, "lack the column 'cell'"),
        ({"dose": [1, 2], "cell": ["K562", "A549"]}, "row 2 cell: 'A549' is not in the train set"),
        ({"dose": ["1", "x"], "cell": "K562"}, "row 2 has a dose that is no finite number: 'x'"),
        ({"dose": [None, 1], "cell": "K562"}, "row 1 has no dose"),
        ({"dose": [1], "cell": "K562"}, "'dose' has 1 values for 2 sequences"),
        (np.zeros((2, 3), "f4"), "Allowed: (2, 4)"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(model, inputs, words):
    with pytest.raises(InputError) as error:
        model.predict(["GAGAGAGA", "CCCCCCCC"], inputs)
    assert words in str(error.value)


def test_a_model_of_sequences_alone_refuses_inputs(folder):
    alone = seq2score.load(learned(folder, "linear", {}, epochs=1))
    with pytest.raises(InputError, match="sees sequences alone"):
        alone.predict(["GAGAGAGA"], {"dose": 1})


def test_the_record_is_enough(model, folder):
    """What was fitted comes back from model.json as it was."""
    kept = json.loads((folder / "d" / "cnn21" / "seed1" / "model.json").read_text())["inputs"]
    fitted = Inputs.fit(pq.read_table(folder / "train.parquet"), KINDS, {"dose": 3})
    assert Inputs.of(kept) == fitted == model.inputs
    dose = pq.read_table(folder / "train.parquet")["dose"].to_numpy()
    encoded = fitted.encode(pq.read_table(folder / "train.parquet"), len(dose))
    assert encoded.mean(axis=0)[0] == pytest.approx(0, abs=1e-5)
    assert encoded.std(axis=0)[0] == pytest.approx(1, abs=1e-5)
    assert (encoded[:, 1:].sum(axis=1) == 1).all()


def calibrated(model, folder):
    tables = {part: pq.read_table(folder / f"{part}.parquet") for part in ("train", "validation")}
    ends = np.array([[0.0], [6.0]])
    return calibrate_model(model, tables["train"], tables["validation"], ends, "validation set")


def test_new_sequences_are_predicted_under_their_own_inputs(model, folder, tmp_path):
    """A file of new sequences has the columns; a row that lacks a value says so."""
    new = pd.DataFrame(
        {
            "sequence": ["GAGAGAGA"] * 4,
            "dose": ["4", "0", "x", "1"],
            "cell": ["K562", "K562", "K562", "Jurkat"],
        }
    )
    new.to_csv(tmp_path / "n.csv", index=False)
    section = {"path": str(tmp_path / "n.csv"), "sequence": "sequence", "id": None}
    section |= {"genome": None}
    calibrations = [calibrated(model, folder)]
    calibrated_model = CalibratedModel(model, calibrations, 0.9)
    out = tmp_path / "o.parquet"
    assert predict_file(calibrated_model, section, out) == (4, 2)
    rows = pq.read_table(out).to_pylist()
    assert [*rows[0]][:5] == ["id", "sequence", "dose", "cell", "prediction"]
    assert rows[0]["prediction"] - rows[1]["prediction"] == pytest.approx(4, abs=0.5)
    assert rows[0]["prediction_lower"] < rows[0]["prediction"] < rows[0]["prediction_upper"]
    assert rows[2]["problem"] == "has a dose that is no finite number: 'x'"
    assert "'Jurkat' is not in the train set" in rows[3]["problem"]
    new.drop(columns="dose").to_csv(tmp_path / "n.csv", index=False)
    with pytest.raises(InputError, match="no column 'dose', which models see beside"):
        predict_file(calibrated_model, section, out)


def test_a_file_of_new_sequences_without_the_columns_is_refused_at_the_door(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("sequence,score,dose\n")
    (tmp_path / "n.fasta").write_text(">a\nACGT\n")
    table = {"path": "a.csv", "inputs": {"dose": "number"}}
    config = {"datasets": {"a": {"table": table}}, "predict": {"n": {"path": "n.fasta"}}}
    with pytest.raises(ConfigError, match=r"predict.n: .*no column 'dose'"):
        resolve(config, need_files=True, look_inside=True)


def test_a_part_is_predicted_row_by_row_under_its_own_inputs(model, folder, tmp_path):
    def plain(codes, inputs):
        return {"prediction": model.predict(codes, inputs)}

    record, source = model.record, folder / "test.parquet"
    predict_rows(plain, model.covariates, record, source, tmp_path / "p.parquet")
    table = pq.read_table(tmp_path / "p.parquet")
    result = model.predict(table["sequence"].to_pylist(), table)
    assert table["prediction"].to_numpy() == pytest.approx(result)
    pq.write_table(pq.read_table(source).slice(0, 0), tmp_path / "none.parquet")
    predict_rows(plain, model.covariates, record, tmp_path / "none.parquet", tmp_path / "q.parquet")
    assert pq.read_table(tmp_path / "q.parquet").schema == table.schema


def test_floors_see_the_inputs_too(folder):
    parts = {p: pq.read_table(folder / f"{p}.parquet") for p in ("train", "validation", "test")}
    inputs, target = Inputs.fit(parts["train"], KINDS, {}), floors.Target(["score"])

    def reached(name, inputs):
        return floors.fit_floor(name, parts, target, inputs).metrics["r2"]

    alone = reached("inputs alone", inputs)
    assert reached("k-mers", inputs) > alone > reached("k-mers", Inputs())


def test_the_card_names_the_inputs(model):
    record = model.record | {"parameters": 1, "versions": {}, "threads": 1, "best_epoch": 1}
    record |= {"model": "m", "dataset": "d", "seed": 1, "device": "cpu", "loss": "mse"}
    metrics = {"n": 3, "r2": 0.9, "pearson": 0.9, "spearman": 0.9, "mse": 0.1, "mae": 0.1}
    row = {"model": "m", "seed": "1", **metrics}
    parts = [{"part": "train", "rows": 900, "score_min": 0, "score_max": 1}]
    text = card(record, metrics | {"validation": metrics}, [row], parts, {"method": "random"}, "t")
    assert "Beside the sequence it sees dose, cell of the table's rows." in text
    assert f"asked at {model.inputs.values_text}." in text
    assert "inputs={'dose': 3.0, 'cell': '" in text


def test_several_seeds_are_an_ensemble_where_their_inputs_agree(folder):
    position = learned(folder, "linear", seed=5, epochs=1, at={"dose": 1, "cell": "K562"})
    both = shutil.copytree(position, position.with_name("seed6")).parent
    test = pq.read_table(folder / "test.parquet").slice(0, 5)
    item, two = seq2score.load(position), seq2score.load(both)
    sequences = test["sequence"].to_pylist()
    assert two.predict(sequences, test) == pytest.approx(item.predict(sequences, test))
    record = json.loads((position.with_name("seed6") / "model.json").read_text())
    record["inputs"][0]["at"] = 2.0
    (position.with_name("seed6") / "model.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="no ensemble, for inputs"):
        seq2score.load(both)


def test_members_of_a_blend_see_the_inputs(folder, tmp_path):
    from seq2score.inference.blends import join

    test = pq.read_table(folder / "test.parquet")
    codes = encode(test["sequence"])
    places = {name: learned(folder, name, options=o) for name, o in (("linear", {}), ("cnn", CNN))}
    members = {name: seq2score.load(position) for name, position in places.items()}
    blend = join(members)
    inputs = blend.covariates(test)
    blend.network.weights.copy_(torch.tensor([[0.25], [0.75]]))
    files.save(blend.network, blend.record, tmp_path / "model.safetensors", tmp_path / "model.json")
    result = seq2score.load(tmp_path).outputs(codes, inputs)
    each = [member.outputs(codes, inputs) for member in members.values()]
    assert result == pytest.approx(0.25 * each[0] + 0.75 * each[1], abs=1e-5)
    other = seq2score.load(learned(folder, "cnn", options=CNN, at={"dose": 3}))
    with pytest.raises(InputError, match=r"inputs is .* must be trained alike"):
        join({"linear": members["linear"], "cnn": other})


@pytest.mark.parametrize("family", ["linear", "cnn"])
def test_noise_is_told_under_inputs(folder, family):
    options = CNN if family == "cnn" else {}
    position = learned(folder, family, options=options, loss="gaussian_nll", epochs=2, seed=3)
    test = pq.read_table(folder / "test.parquet")
    model = seq2score.load(position)
    result = model.noise(test["sequence"].to_pylist(), test)
    assert result.shape == (300, 1)
    assert (result > 0).all()
    assert not np.array_equal(result, model.noise(test["sequence"].to_pylist()))


# ------------------------------------------------------------------------------- a second sequence
def arms(rows, seed, length=LENGTH):
    """Score: 2 if GA is in both arms, and the dose."""
    random = np.random.default_rng(seed)
    codes = random.integers(0, 4, (2, rows, length), dtype=np.uint8)
    holds = ((codes[..., :-1] == 2) & (codes[..., 1:] == 0)).any(axis=2)
    dose = random.uniform(0, 2, rows)
    score = 2.0 * holds.all(axis=0) + dose + random.normal(0, 0.05, rows)
    columns = {"id": [f"r{i}" for i in range(rows)], "sequence": decode(codes[0]), "score": score}
    return pa.table(columns | {"dose": dose, "right": decode(codes[1])})


ARMS = {"dose": "number", "right": "sequence"}


@pytest.fixture(scope="module")
def folder_of_arms(tmp_path_factory):
    folders = tmp_path_factory.mktemp("arms")
    for seed, (part, rows) in enumerate({"train": 900, "validation": 300, "test": 300}.items()):
        pq.write_table(arms(rows, seed), folders / f"{part}.parquet")
    return folders


@pytest.mark.parametrize("family", ["cnn", "trees"])
def test_two_arms_are_read_and_joined(folder_of_arms, family):
    """Either arm alone explains 0.4 of the variance, and so does any sum over both."""
    options = FAMILIES[family][0]
    model = seq2score.load(learned(folder_of_arms, family, ARMS, options=options))
    assert r2(model, folder_of_arms) > 0.6
    assert model.inputs.names == ["right", "dose"]  # as models see them: sequences first
    at = {"dose": 1, "right": ["CCCCCCGA", "CCCCCCCC", "ccccccga"]}
    both, item, same = model.predict(["GACCCCCC"] * 3, at)
    assert both - item > 0.5
    assert same == both
    assert Inputs.of(model.record["inputs"]) == model.inputs
    assert model.predict([], {name: [] for name in ARMS}).shape == (0,)
    assert model.predict([]).shape == (0,)
    message = {"GAG": "has 3 letters; the model takes 8", "GAGAGAGX": "holds another letter"}
    for wrong, words in message.items():
        with pytest.raises(InputError, match=f"row 1 right: {words}"):
            model.predict(["GACCCCCC"], {"dose": 1, "right": wrong})


def test_arms_go_through_the_same_layers_of_every_network(folder_of_arms):
    inputs = Inputs.fit(pq.read_table(folder_of_arms / "train.parquet"), ARMS, {})
    test = pq.read_table(folder_of_arms / "test.parquet").slice(0, 5)
    x, right = (torch.from_numpy(one_hot(encode(test[of]))) for of in ("sequence", "right"))
    covariates = torch.from_numpy(inputs.encode(test, 5))
    for family in ("cnn", "bilstm", "transformer", "legnet", "cnn2d", "linear"):
        assert build(family, {}, LENGTH, 1, inputs=inputs).eval()(x, covariates).shape == (5, 1)
    model = build("resnet", {"filters": 8}, LENGTH, 1, inputs=inputs).eval()
    assert torch.equal(covariates[:, : 4 * LENGTH].reshape(x.shape), right)
    seen = []
    model.joined.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    model(x, covariates)
    for position, letters in enumerate((x, right)):
        shown = seen[0][:, position * WIDTH : (position + 1) * WIDTH]
        assert torch.allclose(shown, model.activation(model.reading(letters)), atol=1e-6)


def test_contributions_add_up_beside_inputs(folder_of_arms):
    """DeepLIFT pairs the halves of a batch, which two arms a row must not mix up."""
    position = learned(folder_of_arms, "cnn", ARMS, options=CNN, epochs=2, at={"dose": 1})
    codes = encode(pq.read_table(folder_of_arms / "test.parquet")["sequence"])[:4]
    model = seq2score.load(position)
    results = methods.explain("deep_lift_shap", methods.score_of(model, 0), codes, 5, 1)
    total = methods.actual_letters(results.hypothetical, codes).sum(axis=1)
    assert total == pytest.approx(results.prediction - results.reference, abs=1e-9)
    assert results.prediction == pytest.approx(model.predict(codes), abs=1e-5)


def test_estimators_see_arms_as_sequences(folder_of_arms):
    inputs = Inputs.fit(pq.read_table(folder_of_arms / "train.parquet"), ARMS, {})
    test = pq.read_table(folder_of_arms / "test.parquet")
    model = build("trees", {}, LENGTH, 1, inputs=inputs)
    codes = encode(test["sequence"])
    (left, right), others = model.apart(codes, inputs.encode(test, len(test)))
    assert np.array_equal(left, codes)
    assert np.array_equal(right, encode(test["right"]))
    assert others.shape == (300, 1)


def test_a_second_sequence_is_checked_like_the_first(tmp_path):
    def arm(row, i):
        return [*row[:3], {8: "ACGTAX", 9: "ACG", 10: ""}.get(i, "acgtaC")]

    path = write(tmp_path / "a.csv", rows_of(arm))
    section = {"inputs": {"cell": "sequence"}}
    with pytest.raises(InputError) as error:
        check(path, **section)
    for message in [
        "line 10, cell: 'ACGTAX' holds 'X' at position 6",
        "is not as long as its 'seq",
    ]:
        assert message in str(error.value)
    rows, rejected = imported(path, invalid_rows="drop", **section)
    assert ({*rows["cell"].to_pylist()}, len(rejected)) == ({"ACGTAC"}, 3)


@pytest.mark.slow
def test_a_run_from_table_to_report(tmp_path, run_workflow):
    """Two arms, a dose and a cell line, through every step that asks a model."""
    random = np.random.default_rng(0)
    left, right = (decode(random.integers(0, 4, (300, 20), dtype=np.uint8)) for _ in range(2))
    dose, cell = random.uniform(0, 4, 300), random.choice(list(CELLS), 300)
    holds = np.array(["GA" in a and "GA" in b for a, b in zip(left, right, strict=True)])
    score = dose * holds + np.array([CELLS[name] for name in cell])
    columns = {"sequence": left, "score": score, "dose": dose, "cell": cell, "right": right}
    table = pd.DataFrame(columns)
    table.to_csv(tmp_path / "a.csv", index=False)
    table.head(5).to_csv(tmp_path / "n.csv", index=False)
    pair = {"id": ["v"], "reference": left[:1], "alternative": left[1:2]}
    pd.DataFrame(pair).to_csv(tmp_path / "v.tsv", index=False, sep="\t")
    cnn = {"architecture": "cnn", "filters": 8, "training": {"epochs": 3, "optimizer": "adamw"}}
    section = {"path": "a.csv", "inputs": KINDS | {"right": "sequence"}, "at": {"dose": 3}}
    pair = {"path": "v.tsv", "reference": "reference", "alternative": "alternative"}
    config = {
        "datasets": {"a": {"table": section}},
        "models": {"cnn": cnn, "trees": {"architecture": "trees", **TREES}},
        "seeds": [1],
        "predict": {"n": {"path": "n.csv"}},
        "variants": {"v": pair},
        "design": {
            "d": {"start": "best", "count": 2, "objective": "maximize", "below_floor": True}
        },
        "attributions": {"sequences": "test", "patterns": False},
        "interpretation": {"mutate": ["best"], "insert": ["GATA"]},
    }
    run = run_workflow(tmp_path, config)
    assert run.returncode == 0, run.stdout
    results = tmp_path / "results"
    columns_here = pd.read_csv(results / "a/cnn/predict/n.tsv", sep="\t")
    assert [*columns_here.columns][:6] == ["id", "sequence", "right", "dose", "cell", "prediction"]
    assert columns_here["prediction"].notna().all()
    assert "it is at right " in (results / "summary.html").read_text()
    log = (results / "logs/design_sequences").glob("*")
    assert all("asked at right " in file.read_text() for file in log)
