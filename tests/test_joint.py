"""Several datasets learned together: how they are joined and taken apart, what is refused."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import yaml

import seq2score
from factories.training import settings
from seq2score.errors import InputError
from seq2score.models import build
from seq2score.models.network import one_hot
from seq2score.sequences.encoding import decode, encode
from seq2score.settings.families import FAMILIES
from seq2score.settings.finetuning import Folder
from seq2score.settings.resolve import resolve
from seq2score.splits.inherited import untested
from seq2score.training import heads, joint
from seq2score.training.joint import Member
from seq2score.training.separating import history_of, record_of
from seq2score.training.train import train

CPU = torch.device("cpu")
HEADS = {"one": ["one.score"], "two": ["two.a", "two.b"]}
OUTPUTS = ["one.score", "two.a", "two.b"]
NETWORKS = [name for name, family in FAMILIES.items() if family.kind == "network"]


# ------------------------------------------------------------------------------- taken apart
@pytest.mark.parametrize("noise", [False, True])
@pytest.mark.parametrize("family", NETWORKS)
def test_the_network_of_one_dataset_gives_what_the_joint_one_gave_for_it(family, noise):
    length = 12
    torch.manual_seed(1)
    whole = build(family, {}, length, 3, noise).eval()
    for weights in whole.parameters():
        torch.nn.init.normal_(weights, std=0.3)
    letters = one_hot(torch.randint(4, (20, length), dtype=torch.uint8))
    with torch.no_grad():
        expected = whole(letters)
        for names in HEADS.values():
            chosen = [OUTPUTS.index(name) for name in names]
            alone = build(family, {}, length, len(chosen), noise).eval()
            heads.take(whole, alone, chosen, 3)
            columns = chosen + [3 + i for i in chosen] * noise
            torch.testing.assert_close(alone(letters), expected[:, columns], rtol=1e-4, atol=1e-3)
    heads.refuse_inseparable(family, {}, length, HEADS, noise)


CUSTOM = """
import torch
from torch import nn

class Apart(nn.Module):
    def __init__(self, length, outputs):
        super().__init__()
        self.shared = nn.Linear(4 * length, 5)
        self.output = nn.Linear(5, outputs)
    def forward(self, x):
        return self.output(self.shared(x.flatten(1)).relu())

class Mixed(Apart):
    def forward(self, x):
        return super().forward(x).softmax(1)

class Entangled(Apart):
    def __init__(self, length, outputs):
        super().__init__(length, outputs)
        self.mix = nn.Linear(outputs, outputs)
    def forward(self, x):
        return self.mix(super().forward(x))

class Fixed(nn.Module):
    def __init__(self, length):
        super().__init__()
        self.output = nn.Linear(4 * length, 1)
    def forward(self, x):
        return self.output(x.flatten(1))

class Mean:
    def fit(self, X, y): return self
    def predict(self, X): return 0 * X[:, 0]
"""


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Apart", None),
        ("Mixed", "cannot be taken apart by dataset: what it gives for one dataset depends on"),
        ("Entangled", "cannot be taken apart by dataset: module.mix.weight has no rows by output"),
        ("Fixed", "must take `outputs`"),
        ("Mean", "is no network"),
    ],
)
def test_a_class_of_the_users_must_come_apart(name, message, tmp_path):
    (tmp_path / "own.py").write_text(CUSTOM)
    request = f"{tmp_path}/own.py:{name}", {}, 9, HEADS, False
    if message is None:
        return heads.refuse_inseparable(*request)
    with pytest.raises(InputError, match=message):
        heads.refuse_inseparable(*request)


# ------------------------------------------------------------------------------------ joined
def write(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


def test_a_row_has_the_scores_of_its_own_dataset_as_they_are_learned(tmp_path):
    item = write(tmp_path / "one", sequence=["AA", "CC", "GG"], score=[1.0, 3.0, 5.0], w=[1, 9, 3])
    two = write(tmp_path / "two", sequence=["TT", "AA"], a=[8.0, 2.0], b=[4.0, None], other=[1, 2])
    members = {
        "one": Member(["score"], HEADS["one"], weight="w"),
        "two": Member(["a", "b"], HEADS["two"], transform="log2"),
    }
    kept = {"one": np.array([True, False, True]), "two": np.array([True, True])}
    joint.join({"one": item, "two": two}, members, kept, tmp_path / "both")
    assert pq.read_table(tmp_path / "both").to_pydict() == {
        "sequence": ["AA", "GG", "TT", "AA"],
        "one.score": [1.0, 5.0, None, None],
        "two.a": [None, None, 3.0, 1.0],
        "two.b": [None, None, 2.0, None],
        "weight": [0.5, 1.5, 1.0, 1.0],
    }


def test_a_dataset_of_four_times_the_rows_counts_twice_as_much(tmp_path):
    files = {
        n: write(tmp_path / n, sequence=["A"] * k, score=[1.0] * k)
        for n, k in {"x": 8, "y": 2}.items()
    }
    members = {name: Member(["score"], [f"{name}.score"]) for name in files}
    joint.join(files, members, untested(files, {}, False), tmp_path / "both")
    weights = pq.read_table(tmp_path / "both")["weight"].to_numpy()
    assert weights[:8].tolist() == [1] * 8
    assert weights[8:].tolist() == [2] * 2


def test_rows_that_agree_in_replicates_count_more(tmp_path):
    random = np.random.default_rng(1)
    noise = np.repeat([0.1, 2.0], 50)
    pair = random.normal(size=(2, 100)) * noise
    file = write(tmp_path / "t", sequence=["A"] * 100, score=pair.mean(0), r1=pair[0], r2=pair[1])
    metadata = {
        "scores": ["score"],
        "heads": ["t.score"],
        "score_transform": "none",
        "weight": None,
    }
    member = Member.of({**metadata, "weighing_replicates": ["r1", "r2"]}, file)
    weights = member.weights(file)
    assert weights[:50].mean() > 3 * weights[50:].mean()


def test_what_another_dataset_tests_is_left_out_where_asked(tmp_path):
    files = {
        n: write(tmp_path / n, sequence=s) for n, s in {"x": ["AC", "GG"], "y": ["TT"]}.items()
    }
    tests = {
        "x": write(tmp_path / "tx", sequence=["GG"]),
        "y": write(tmp_path / "ty", sequence=["GT"]),
    }
    result = {name: stay.tolist() for name, stay in untested(files, tests, True).items()}
    assert result == {"x": [False, True], "y": [True]}
    assert untested(files, tests, False)["x"].all()
    assert untested(files, {}, True)["x"].all()
    member = Member([], [])
    with pytest.raises(InputError, match=r"all rows of \S+y hold a sequence that another dataset"):
        none = {"x": np.ones(2, bool), "y": np.zeros(1, bool)}
        joint.join(files, {"x": member, "y": member}, none, tmp_path / "both")


def test_other_lengths_are_refused(tmp_path):
    files = {
        name: write(tmp_path / name, sequence=["A" * n]) for name, n in {"x": 5, "y": 4}.items()
    }
    with pytest.raises(InputError, match=r"have 5 in x and 4 in y letters.*\{crop: 4\}"):
        joint.refuse_other_lengths(files)
    joint.refuse_other_lengths({"x": files["x"], "z": files["x"]})


# ----------------------------------------------------------------------------------- learned
MOTIFS = ["TGACT", "GATAA", "CACGT"]
LENGTH = 24
LEGNET = {"architecture": "legnet", "options": {"filters": 16, "kernel_size": 5, "blocks": 1}}
TRAINING = {"optimizer": "adamw", "learning_rate": 0.01, "schedule": "one_cycle", "epochs": 12}


def measured(rows, effects, scale, offset, noise, random):
    """Sequences with motifs planted, and their scores."""
    codes = random.integers(0, 4, (rows, LENGTH), dtype=np.uint8)
    for motif in MOTIFS:
        for row in np.flatnonzero(random.random(rows) < 0.4):
            position = random.integers(LENGTH - len(motif) + 1)
            codes[row, position : position + len(motif)] = encode([motif])[0]
    score = noise * random.normal(size=rows)
    for motif, effect in zip(MOTIFS, effects, strict=True):
        windows = np.lib.stride_tricks.sliding_window_view(codes, len(motif), axis=1)
        score += effect * (windows == encode([motif])[0]).all(2).any(1)
    return codes, offset + scale * score


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Two datasets that share motifs: in the small one a motif is turned, the scale another."""
    folder, sample, files, tests = (
        tmp_path_factory.mktemp("planted"),
        np.random.default_rng(1),
        {},
        {},
    )
    for name, metadata in {
        "large": (900, (1, 1, 1), 1, 0),
        "small": (100, (1, 1, -1), 40, 300),
    }.items():
        rows, *rule = metadata
        files[name] = {}
        for part, share in {"train": 1, "validation": 0.3}.items():
            codes, score = measured(int(rows * share), *rule, 0.3, sample)
            files[name][part] = folder / f"{name}.{part}"
            write(files[name][part], sequence=decode(codes), score=score)
        tests[name] = measured(1000, *rule, 0, sample)
    members = {name: Member(["score"], [f"{name}.score"]) for name in files}
    both = {part: folder / part for part in ("train", "validation")}
    for part, file in both.items():
        of_part = {name: paths[part] for name, paths in files.items()}
        joint.join(of_part, members, untested(of_part, {}, False), file)
    return {**files, "both": both}, tests


def learned(files, seed=1, **changes):
    training = {**settings()["training"], **TRAINING, "early_stopping": 12}
    return train(files, settings(**LEGNET, training=training, **changes), seed, CPU)


@pytest.fixture(scope="module")
def together(planted):
    of_datasets = {name: [f"{name}.score"] for name in ("large", "small")}
    outputs = [name for names in of_datasets.values() for name in names]
    return learned(planted[0]["both"], heads=of_datasets, outputs=outputs, weight="weight")


def r2(predicted, truth):
    return 1 - np.square(predicted - truth).sum() / np.square(truth - truth.mean()).sum()


def predicted(trained, codes, output=0):
    with torch.no_grad():
        given = trained.model.eval()(one_hot(torch.from_numpy(codes))).numpy()[:, output]
    scaling = trained.record["target_scaling"]
    return given * scaling["sd"][output] + scaling["mean"][output]


def test_a_small_dataset_gains_from_a_large_one_with_the_same_motifs(planted, together):
    files, tests = planted
    alone = {
        name: r2(predicted(learned(files[name]), tests[name][0]), tests[name][1]) for name in tests
    }
    joined = {
        name: r2(predicted(together, codes, i), score)
        for i, (name, (codes, score)) in enumerate(tests.items())
    }
    assert joined["small"] > alone["small"] + 0.1
    assert joined["large"] > alone["large"] - 0.05


def test_losses_are_means_over_the_rows_of_each_dataset(planted, together):
    """Of scaled scores, so that no dataset counts for its unit, and in its own unit for itself."""
    last = {
        part: np.array(together.history[-1][f"{part}_losses"]) for part in ("train", "validation")
    }
    assert together.history[-1]["validation_loss"] == pytest.approx(last["validation"].mean())
    best = together.history[together.record["best_epoch"] - 1]
    record = {**together.record, "model": "shared"}
    header, *lines = (line.split("\t") for line in together.history_table.splitlines())
    rows = [dict(zip(header, map(float, line), strict=True)) for line in lines]
    for i, name in enumerate(record["heads"]):
        table = pq.read_table(planted[0][name]["validation"])
        error = predicted(together, encode(table["sequence"]), i) - table["score"].to_numpy()
        sd = record["target_scaling"]["sd"][i]
        assert best["validation_losses"][i] * sd**2 == pytest.approx(
            np.square(error).mean(), rel=1e-4
        )
        single = history_of(rows, record, name)[record["best_epoch"] - 1]
        assert single["validation_loss"] == pytest.approx(np.square(error).mean(), rel=1e-4)
        table = pq.read_table(planted[0][name]["train"])
        assert single["train_loss"] < table["score"].to_numpy().var()


def test_the_record_of_one_dataset_is_that_of_a_model_of_its_own(together):
    metadata = {"outputs": ["score"], "alphabet": "rna", "score_transform": "none"}
    record = record_of(together.record, "small", metadata, {"large": 900, "small": 100})
    whole = together.record["target_scaling"]
    assert record["target_scaling"] == {key: values[1:] for key, values in whole.items()}
    assert (record["dataset"], record["outputs"], record["alphabet"]) == ("small", ["score"], "rna")
    assert record["together"] == {"large": 900, "small": 100}
    assert "heads" not in record


# ------------------------------------------------------------------------------------ config
TABLE = "{path: t.csv, sequence: s, score: y%s}"
ONE, TWO = "one: {synthetic: {length: 5}%s}", "two: {synthetic: {length: 5}%s}"
SHARED = "shared: {architecture: cnn, together: [one, two]%s}"


def test_a_dataset_that_chooses_no_models_has_none_of_other_ones():
    third = "third: {synthetic: {length: 6}%s}"
    models = f"{SHARED % ''}, linear: {{architecture: linear}}"
    text = f"datasets: {{{ONE % ''}, {TWO % ''}, {third}}}\nmodels: {{{models}}}"
    results = resolve(yaml.safe_load(text % "")).datasets
    assert results["one"].models == ["shared", "linear"]
    assert results["third"].models == ["linear"]


def test_what_starts_from_a_model_of_several_datasets_has_learned_from_all(tmp_path):
    child = "child: {start_from: results/one/shared}"
    text = f"datasets: {{{ONE % ''}, {TWO % ''}}}\nmodels: {{{SHARED % ''}, {child}}}"
    results = resolve(yaml.safe_load(text)).models["child"].start.learnt
    assert results == [
        f"<results>/one+two/splits/{part}.parquet" for part in ("train", "validation")
    ]
    folder, splits = tmp_path / "one/shared/seed1", tmp_path / "one+two/splits"
    folder.mkdir(parents=True)
    splits.mkdir(parents=True)
    record = {"architecture": "cnn", "options": {}, "together": {"one": 5, "two": 7}}
    (folder / "model.json").write_text(json.dumps(record))
    for file in (folder / "model.safetensors", splits / "train.parquet"):
        file.touch()
    _, start, text = Folder.of(str(folder.parent), "results").read([1])
    assert (text, start.learnt) == ("", [str(splits / "train.parquet")])


# --------------------------------------------------------------------------------------- runs
def run_config(**shared):
    def rule(**metadata):
        return {"synthetic": {"length": 10, "count": 120, **metadata}}

    return {
        "datasets": {
            "one": rule(seed=1, motif_effects={"TAT": 10}),
            "two": rule(seed=2, motif_effects={"TAT": -100}),
        },
        "models": {
            "shared": {"architecture": "cnn", "filters": 4, "together": ["one", "two"], **shared}
        },
        "training": {"epochs": 2},
    }


@pytest.mark.slow
def test_a_run_of_two_datasets(run_workflow, tmp_path):
    config = run_config()
    folders = [f"results/{name}/shared/seed17" for name in ("one", "two")]
    expected = f"{folders[0]}/metrics.json", f"{folders[1]}/history.tsv"
    run = run_workflow(tmp_path, config, *expected)
    assert run.returncode == 0, run.stdout
    assert "one: 76 train rows, 0 left out; two: 76 train rows" in run.stdout
    assert run.stdout.count("] train ") == 1
    results = tmp_path / "results"
    both = seq2score.load(results / "one+two/shared/seed17")
    sequences = pq.read_table(results / "one/splits/test.parquet")["sequence"].to_pylist()
    for i, name in enumerate(("one", "two")):
        model = seq2score.load(results / name / "shared/seed17")
        np.testing.assert_allclose(
            model.predict(sequences), both.predict(sequences)[:, i], rtol=1e-5
        )
        assert (model.record["dataset"], model.record["outputs"]) == (name, ["score"])
    assert "Nothing to be done" in run_workflow(tmp_path, config, *expected).stdout

    kept = {path: path.read_bytes() for path in results.glob("*/shared/seed17/model.safetensors")}
    again = run_workflow(tmp_path, config, *expected, "--forcerun", "train")
    assert again.stdout.count("] take_head ") == 2
    assert kept == {path: path.read_bytes() for path in kept}

    config["datasets"]["two"]["synthetic"]["seed"] = 3
    run = run_workflow(tmp_path, config, *expected, "-n")
    for step in ("join_datasets", "train", "take_head"):
        assert f"rule {step}:" in run.stdout


@pytest.mark.slow
def test_rows_that_another_dataset_tests_stop_a_run(run_workflow, tmp_path):
    config = run_config()
    config["datasets"]["two"]["synthetic"]["seed"] = 1
    config["datasets"]["two"]["split"] = {"seed": 5}
    expected = [f"results/{name}/shared/seed17/model.json" for name in ("one", "two")]
    run = run_workflow(tmp_path, config, *expected)
    assert run.returncode != 0
    assert "together: " in run.stdout
    assert "that the test set of one holds too" in run.stdout
    config["models"]["shared"]["leaks"] = "drop_from_train"
    run = run_workflow(tmp_path, config, *expected)
    assert run.returncode == 0, run.stdout
    rows = json.loads(Path(tmp_path, expected[0]).read_text())["together"]
    assert max(rows.values()) < 76
    learnt = pq.read_table(tmp_path / "results/one+two/splits/train.parquet")
    for i, name in enumerate(("one", "two")):
        test = pq.read_table(tmp_path / f"results/{name}/splits/test.parquet")["sequence"]
        assert not {*test.to_pylist()} & {*learnt["sequence"].to_pylist()}, i
