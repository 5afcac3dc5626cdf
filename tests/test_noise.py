"""Models that tell how noisy a score is: what was planted is found, and intervals follow it."""

import numpy as np
import pyarrow as pa
import pytest
import torch
from scipy.stats import norm, spearmanr

import seq2score
from factories.calibration import predicted_table
from factories.models import ESTIMATORS, RECORD
from factories.training import CNN, CPU, parts, saved, settings, started
from seq2score.certainty.assess import calibrate_model, with_certainty
from seq2score.certainty.certain import calibrate_ensemble, of_tables
from seq2score.errors import InputError
from seq2score.inference.prediction import Predictor
from seq2score.models import build, noise
from seq2score.sequences.encoding import strings
from seq2score.sequences.hashing import sequence_hashes
from seq2score.training.batches import Block, Resident, Sets
from seq2score.training.loop import Training
from seq2score.training.train import train

LENGTH, ROWS = 12, 2000
SETTINGS = {
    **{"optimizer": "adamw", "learning_rate": 0.03, "schedule": "one_cycle", "batch_size": 128},
    **{"epochs": 15, "early_stopping": None, "gradient_clip": 1, "precision": "float32"},
    **{"weight_decay": 0.0, "weight_decay_per": "step"},
}


def planted(seed, follows="letters"):
    """Codes, an additive truth, and the noise's standard deviation: of its own letters, or growing
    with the truth; of train, held-out and test rows, `ROWS` each."""
    random, places = np.random.default_rng(seed), np.arange(LENGTH)
    codes = random.integers(4, size=(3 * ROWS, LENGTH), dtype=np.uint8)
    mean = random.normal(size=(LENGTH, 4))[places, codes].sum(axis=1)
    if follows == "letters":
        sd = np.exp(0.25 * random.normal(size=(LENGTH, 4))[places, codes].sum(axis=1))
    else:
        sd = np.exp(1.2 * (mean - mean.mean()) / mean.std() / 2)
    return codes, mean, sd, mean + sd * random.normal(size=len(mean))


def learned(architecture, loss, codes, score, seed=1, **options):
    """A predictor that has learned from the train rows."""
    centre, unit = score[:ROWS].mean(), score[:ROWS].std()
    torch.manual_seed(seed)
    network = build(architecture, options, LENGTH, 1, noise.predicts_noise(loss))

    def part(rows):
        targets = torch.from_numpy((score[rows, None] - centre) / unit).float()
        return Resident(Block(torch.from_numpy(codes[rows]), targets, None))

    sets = Sets(part(slice(ROWS)), part(slice(ROWS, 2 * ROWS)), unit=np.array([unit]))
    history = Training(network, sets, {**SETTINGS, "loss": loss}, seed).run()
    metadata = {"architecture": architecture, "input_length": LENGTH, "loss": loss, "seed": seed}
    metadata["options"] = options
    metadata["target_scaling"] = {"mean": [centre], "sd": [unit]}
    return Predictor(network, RECORD | metadata), history


def calibration_of(model, codes, score):
    table = pa.table({"sequence": strings(codes), "score": score})
    ends = np.array([[score.min()], [score.max()]])
    return calibrate_model(model, table[:ROWS], table[ROWS : 2 * ROWS], ends, "validation set")


@pytest.fixture(scope="module")
def known():
    codes, mean, sd, score = planted(1)
    return codes, mean, sd, score, learned("linear", "gaussian_nll", codes, score)


def test_the_noise_that_was_planted_is_told(known):
    codes, mean, sd, score, (model, history) = known
    test = slice(2 * ROWS, None)
    results = model.noise(codes[test])[:, 0]
    assert np.corrcoef(np.log(results), np.log(sd[test]))[0, 1] > 0.95
    assert np.exp(np.log(results / sd[test]).mean()) == pytest.approx(1, abs=0.08)
    assert np.corrcoef(model.predict(codes[test]), mean[test])[0, 1] > 0.99
    # The loss is that of the score's own unit: what the planted distribution has, a little more.
    truth = -norm.logpdf(score[ROWS : 2 * ROWS], mean[ROWS : 2 * ROWS], sd[ROWS : 2 * ROWS]).mean()
    assert history[-1]["validation_loss"] == pytest.approx(truth, abs=0.05)


def test_intervals_follow_the_noise_and_are_narrower(known):
    """Squared error: quiet sequences are covered too often, noisy ones too seldom."""
    codes, _, sd, score, (telling, _) = known
    test, widths, off = slice(2 * ROWS, None), [], []
    fifths = np.array_split(np.argsort(sd[test]), 5)
    for model in (telling, learned("linear", "mse", codes, score)[0]):
        calibrations = calibration_of(model, codes, score)
        certain = with_certainty(model, [calibrations], codes[test], 0.9)
        lower, upper = certain.lower[:, 0], certain.upper[:, 0]
        inside = (lower <= score[test]) & (score[test] <= upper)
        assert inside.mean() == pytest.approx(0.9, abs=0.03)
        covered = [inside[rows].mean() for rows in fifths]
        off.append(max(abs(share - 0.9) for share in covered))
        widths.append((upper - lower).mean())
        print(model.record["loss"], "coverage by fifth", np.round(covered, 3), "width", widths[-1])
    assert off[0] < 0.06
    assert off[1] > 0.15
    assert widths[0] < 0.95 * widths[1]


def test_an_ensemble_tells_the_mean_variance_in_its_tables(known):
    codes, _, _, score, (first, _) = known
    members = [first, learned("linear", "gaussian_nll", codes, score, seed=2)[0]]
    calibrations = [calibration_of(member, codes, score) for member in members]
    rows = codes[ROWS : 2 * ROWS]
    table = pa.table({"sequence": strings(rows), "score": score[ROWS : 2 * ROWS]})
    tables = [
        predicted_table(m, single, rows, table)
        for m, single in zip(members, calibrations, strict=True)
    ]
    calibrations.append(calibrate_ensemble(tables, sequence_hashes(rows), calibrations))
    joined = of_tables(tables, calibrations[-1], 0.9)
    each = [table["prediction_noise_sd"].to_numpy() for table in tables]
    expected = np.sqrt(np.square(each).mean(axis=0))
    assert joined["prediction_noise_sd"].to_numpy() == pytest.approx(expected)
    certain = with_certainty(
        seq2score.inference.prediction.Ensemble(members), calibrations, rows, 0.9
    )
    assert certain.noise[:, 0] == pytest.approx(expected)


def test_noise_that_follows_the_score_is_found_by_epistasis():
    codes, mean, sd, score = planted(2, follows="score")
    model, _ = learned("epistasis", "gaussian_nll", codes, score, reach=0)
    test = slice(2 * ROWS, None)
    results = model.noise(codes[test])[:, 0]
    assert spearmanr(results, sd[test])[0] > 0.95
    assert np.exp(np.log(results / sd[test]).mean()) == pytest.approx(1, abs=0.3)
    assert np.corrcoef(model.predict(codes[test]), mean[test])[0, 1] > 0.9


# ------------------------------------------------------------------------------- along the way
def test_several_scores_tell_their_own_noise_and_missing_ones_do_not_count(tmp_path):
    import pyarrow.parquet as pq

    files = parts(tmp_path)
    for path in files.values():
        table = pq.read_table(path)
        score = table["score"].to_numpy()
        holes = pa.array(score * 2, mask=np.arange(len(score)) % 3 == 0)
        pq.write_table(table.append_column("other", holes), path)
    chosen = settings(**CNN, outputs=["score", "other"])
    chosen["training"] |= {"loss": "gaussian_nll", "epochs": 3}
    model = seq2score.load(saved(train(files, chosen, 3, CPU), tmp_path / "seed3"))
    sequences = pq.read_table(files["train"])["sequence"]
    assert model.predict(sequences).shape == model.noise(sequences).shape == (90, 2)
    assert (model.noise(sequences) > 0).all()


def test_a_model_that_tells_no_noise_has_none(known):
    codes, *_ = known
    model = Predictor(build("linear", {}, LENGTH, 1), RECORD | {"input_length": LENGTH})
    assert model.noise(codes[:3]) is None


def test_it_can_start_from_one_that_tells_it_or_not(tmp_path):
    files, telling = parts(tmp_path), {"loss": "gaussian_nll"}
    sequences = parts(tmp_path, seed=2)
    parent = saved(train(files, settings(**CNN), 3, CPU), tmp_path / "mse")
    child = started(parent, sequences, training=telling)
    assert child.model.output.weight.shape[0] == 2
    again = saved(child, tmp_path / "child")
    same = seq2score.load(
        saved(started(again, sequences, epochs=0, training=telling), tmp_path / "same")
    )
    words = ["ACGTACGT", "TTTTTTTT"]
    assert (same.predict(words) == seq2score.load(again).predict(words)).all()
    assert (same.noise(words) == seq2score.load(again).noise(words)).all()
    back = started(again, sequences, training={"loss": "mse"})
    assert back.model.output.weight.shape[0] == 1


@pytest.mark.parametrize("family", ESTIMATORS)
def test_what_is_no_network_tells_none(family):
    with pytest.raises(InputError, match="gaussian_nll is for networks"):
        build(family, {}, LENGTH, 1, noise=True)


def test_a_class_of_ones_own_gives_two_numbers_a_score(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    body = "\n    def forward(self, x):\n        return self.layer(x.flatten(1))\n"
    (tmp_path / "mine.py").write_text(
        "from torch import nn\nclass Net(nn.Module):\n"
        "    def __init__(self, length, outputs):\n        super().__init__()\n"
        f"        self.layer = nn.Linear(4 * length, outputs)\n{body}"
        "class Fixed(nn.Module):\n"
        "    def __init__(self, length):\n        super().__init__()\n"
        f"        self.layer = nn.Linear(4 * length, 1)\n{body}"
    )
    network = build("mine.py:Net", {}, LENGTH, 3, noise=True)
    assert network(torch.zeros(2, 4, LENGTH)).shape == (2, 6)
    with pytest.raises(InputError, match=r"gaussian_nll.* so it must take `outputs`"):
        build("mine.py:Fixed", {}, LENGTH, 1, noise=True)
