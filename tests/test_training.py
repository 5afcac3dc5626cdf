"""The training loop and its parts, against torch's own and against what was promised."""

import io
import itertools
import math
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import yaml
from torch.nn import functional

from factories.training import SETTINGS
from seq2score.errors import InputError
from seq2score.models import build, noise
from seq2score.models.network import one_hot
from seq2score.sequences import encoding, synthetic
from seq2score.settings.families import PRESETS
from seq2score.task import TASKS
from seq2score.training import batches, gradients, losses, optimizers, schedules
from seq2score.training.examples import Target, open_set
from seq2score.training.gradients import Gradients
from seq2score.training.loop import Training, Watch
from seq2score.training.progress import Progress
from seq2score.training.scaling import Scaling

LENGTH = 9
torch.set_num_threads(1)


def some_set(rows=200, outputs=1, seed=0, scale=1.0, weights=None):
    """Random sequences; a score is a weighted sum of the letters, the same for every seed."""
    codes = np.random.default_rng(seed).integers(0, 4, (rows, LENGTH), dtype=np.uint8)
    rule = np.random.default_rng(99).normal(size=(4 * LENGTH, outputs))
    scores = encoding.one_hot(codes).reshape(rows, -1) @ rule * scale
    return batches.Resident(
        batches.Block(torch.from_numpy(codes), torch.from_numpy(scores).float(), weights)
    )


def trained(settings=(), seed=1, architecture="cnn", options=(), train=None, progress=None, **more):
    torch.manual_seed(seed)
    train = train or some_set()
    network = build(architecture, dict(options), LENGTH, train.block[1].shape[1])
    settings = {**SETTINGS, **dict(settings)}
    sets = batches.Sets(train, some_set(80, seed=1), **more)
    run = Training(network, sets, settings, seed, Watch(progress=progress))
    run.run()
    return run


# ------------------------------------------------------------------------------------- losses
@pytest.mark.parametrize("name", losses.LOSSES)
def test_losses_and_slopes_are_those_of_torch(name):
    generator = torch.Generator().manual_seed(0)
    width = 6 if noise.predicts_noise(name) else 3
    prediction = torch.randn(20, width, generator=generator).requires_grad_()
    counts = torch.randint(0, 5, (20, 3), generator=generator).float()
    target = torch.arange(20) % 3 if name == "cross_entropy" else counts
    torchs = {
        "mse": functional.mse_loss,
        "huber": functional.huber_loss,
        "cross_entropy": functional.cross_entropy,
        "poisson": lambda p, t: functional.poisson_nll_loss(p, t) + (torch.xlogy(t, t) - t).mean(),
        "gaussian_nll": lambda p, t: functional.gaussian_nll_loss(
            p[:, :3], t, noise.variance(p[:, 3:]), full=True
        ),
    }
    true = torchs[name](prediction, target)
    (slope,) = torch.autograd.grad(true, prediction)
    if noise.predicts_noise(name):  # beta-NLL: times the standard deviation
        slope = slope * noise.variance(prediction[:, 3:].detach()).sqrt().repeat(1, 2)
    value, ours = losses.LOSSES[name](prediction.detach(), target)
    torch.testing.assert_close(value.mean(), true.detach())
    torch.testing.assert_close(ours / value.numel(), slope)


# --------------------------------------------------------------------------------- optimizers
@pytest.mark.parametrize("decay", [0, 0.1])
@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_optimizers_are_those_of_torch(name, decay):
    torch.manual_seed(0)
    ours, torchs = torch.nn.Linear(5, 3), torch.nn.Linear(5, 3)
    torchs.load_state_dict(ours.state_dict())
    weights = optimizers.as_one_vector(ours)
    optimizer = optimizers.OPTIMIZERS[name](weights, decay)
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[name]
    reference = kind(torchs.parameters(), lr=0.05, weight_decay=decay)
    for number in range(1, 21):
        gradient = torch.randn(18)
        torchs.weight.grad, torchs.bias.grad = gradient[:15].view(3, 5), gradient[15:]
        reference.step()
        optimizer.step(gradient.clone(), 0.05, number)
    torch.testing.assert_close(ours.weight, torchs.weight, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(ours.bias, torchs.bias, rtol=1e-5, atol=1e-6)


def test_schedules():
    steps = [step / 100 for step in range(100)]
    assert {schedules.constant(step) for step in steps} == {1.0}
    cosine, cycle = map(schedules.cosine, steps), [schedules.one_cycle(step) for step in steps]
    assert list(cosine) == sorted(map(schedules.cosine, steps), reverse=True)
    assert schedules.cosine(0) == 1
    assert schedules.cosine(1) == pytest.approx(0)
    assert cycle[0] == pytest.approx(1 / 25)
    assert max(cycle) == cycle[30] == 1
    assert schedules.one_cycle(1) == pytest.approx(0)


# ------------------------------------------------------------------------------------ batches
def test_an_epoch_shows_every_row_once_in_a_new_order():
    codes = torch.arange(50, dtype=torch.uint8)[:, None]
    examples = batches.Resident(batches.Block(codes, codes.float()))

    def epoch(seed):
        results = list(batches.shuffled(examples, 7, torch.Generator().manual_seed(seed), False))
        assert [batch.rows for batch in results] == [7] * 6 + [8]  # no batch of one
        for codes, targets, weights, _ in results:
            assert torch.equal(codes.float(), targets)
            assert weights is None
        return torch.cat([batch.targets for batch in results])[:, 0].tolist()

    assert epoch(1) == epoch(1) != epoch(2)
    assert sorted(epoch(1)) == list(range(50))


def test_both_strands_are_shown():
    codes = torch.tensor([[0, 1, 2, 2, 4]] * 40, dtype=torch.uint8)
    examples = batches.Resident(batches.Block(codes, torch.zeros(40, 1), None))
    generator = torch.Generator().manual_seed(0)
    ((shown, *_),) = batches.shuffled(examples, 40, generator, True)
    other = encoding.reverse_complement(codes[:1].numpy())[0].tolist()
    assert {tuple(row) for row in shown.tolist()} == {tuple(codes[0].tolist()), tuple(other)}


# --------------------------------------------------------------------------------------- loop
def by_torch(settings, train, seed=1):
    """The same training with torch's own layers, autograd, optimizer and loss."""
    torch.manual_seed(seed)
    ours = build("cnn", {}, LENGTH, 1)
    network = torch.nn.Sequential(
        torch.nn.Conv1d(4, 32, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(32 * 7, 1)
    )
    with torch.no_grad():
        for parameter, start in zip(network.parameters(), ours.parameters(), strict=True):
            parameter.copy_(start)
    optimizer = torch.optim.SGD(network.parameters(), lr=settings["learning_rate"])
    for epoch in range(1, settings["epochs"] + 1):
        sample = np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64).item()
        order = torch.randperm(train.rows, generator=torch.Generator().manual_seed(sample))
        for rows in order.split(settings["batch_size"]):
            optimizer.zero_grad()
            prediction = network(one_hot(train.block[0][rows]).contiguous())
            functional.mse_loss(prediction, train.block[1][rows]).backward()
            optimizer.step()
    return network


def test_the_loop_computes_what_plain_torch_does():
    run = trained()
    reference = by_torch(SETTINGS, some_set())
    for ours, torchs in zip(run.network.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(ours, torchs, rtol=1e-4, atol=1e-5)


def test_same_seed_same_bytes_other_seed_other_weights():
    first, again, other = trained(seed=1), trained(seed=1), trained(seed=2)
    assert torch.equal(first.state.weights, again.state.weights)
    assert not torch.equal(first.state.weights, other.state.weights)


def test_history():
    run = trained({"epochs": 30, "schedule": "cosine"}, architecture="linear")
    history = run.state.position.history
    assert [row["epoch"] for row in history] == list(range(1, 31))
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    assert history[-1]["learning_rate"] < history[0]["learning_rate"] <= 0.01
    run.network.eval()
    codes, scores, *_ = run.sets.validation.block
    with torch.no_grad():
        true = functional.mse_loss(run.network(one_hot(codes)), scores).item()
    assert history[-1]["validation_loss"] == pytest.approx(true, rel=1e-5)
    assert run.best_epoch == 30


@pytest.mark.parametrize("loss", ["mse", "huber"])
def test_losses_are_told_in_the_scores_units(loss):
    """Scores a thousand times larger, divided by as much: the same training, losses times 10^6."""
    plain = trained({"loss": loss})
    large = trained({"loss": loss}, unit=np.array([1000.0]))
    assert torch.equal(plain.state.weights, large.state.weights)
    for item, other in zip(plain.state.position.history, large.state.position.history, strict=True):
        assert other["train_loss"] == pytest.approx(1e6 * item["train_loss"], rel=1e-5)
        assert other["validation_loss"] == pytest.approx(1e6 * item["validation_loss"], rel=1e-5)


def test_weights_count_as_repeats():
    """A row of weight 2 is two rows; a missing score is no row."""
    codes, scores, *_ = some_set(40).block
    weights = torch.ones(40, 1)
    weights[:10], weights[10:20] = 2.0, 0.0
    weighted = batches.Resident(batches.Block(codes, scores, weights))
    rows = torch.cat([torch.arange(10), torch.arange(10), torch.arange(20, 40)])
    repeated = batches.Resident(batches.Block(codes[rows], scores[rows], None))
    settings = {"batch_size": 40}
    item, other = trained(settings, train=weighted), trained(settings, train=repeated)
    torch.testing.assert_close(item.state.weights, other.state.weights, rtol=1e-4, atol=1e-6)
    first = item.state.position.history[0]["train_loss"]
    assert first == pytest.approx(other.state.position.history[0]["train_loss"], rel=1e-5)


def test_early_stopping_restores_the_best_epoch():
    noise = some_set(60)
    noise.block[1].normal_(generator=torch.Generator().manual_seed(0))
    options = {"hidden": 64}
    settings = {"optimizer": "adamw", "learning_rate": 0.01, "early_stopping": 4, "epochs": 200}
    run = trained(settings, options=options, train=noise)
    losses_by_epoch = [row["validation_loss"] for row in run.state.position.history]
    assert len(losses_by_epoch) == run.best_epoch + 4 < 200
    assert run.best_epoch == 1 + int(np.argmin(losses_by_epoch))
    stopped_then = trained(
        {**settings, "early_stopping": None, "epochs": run.best_epoch}, options=options, train=noise
    )
    torch.testing.assert_close(run.state.weights, stopped_then.state.weights, rtol=0, atol=0)


def test_gradients_are_clipped():
    codes, scores, *_ = some_set(32, scale=1e3).block
    train = batches.Resident(batches.Block(codes, scores, None))
    run = trained({"epochs": 1, "gradient_clip": 0.5}, train=train)
    assert run.gradient.norm().item() == pytest.approx(0.5, rel=1e-5)


def test_a_loss_that_is_not_finite_is_told():
    with pytest.raises(InputError) as error:
        trained({"learning_rate": 1e6, "epochs": 5})
    for message in ("epoch 1 ", "learning rate 1e+06", "norm of the gradient", "Try a smaller"):
        assert message in str(error.value)


def test_weight_decay_of_an_epoch_is_spread_over_its_steps():
    of_epoch = trained({"weight_decay": 7.0, "weight_decay_per": "epoch"})
    of_step, larger = trained({"weight_decay": 1.0}), trained({"weight_decay": 7.0})  # 7 steps
    assert torch.equal(of_epoch.state.weights, of_step.state.weights)
    assert not torch.equal(of_epoch.state.weights, larger.state.weights)


def test_too_little_memory_halves_what_is_computed_at_once(monkeypatch, caplog):
    whole = trained(options={"dropout": 0.0, "activation": "exponential"})
    computed = []

    def with_little_memory(self, part, rows, compute=Gradients._of_part):
        if len(part[0]) > 10:
            raise torch.OutOfMemoryError("CUDA out of memory")
        computed.append(len(part[0]))
        return compute(self, part, rows)

    monkeypatch.setattr(Gradients, "_of_part", with_little_memory)
    parts = trained(options={"dropout": 0.0, "activation": "exponential"})
    assert max(computed) == 8
    assert "in 4 parts" in caplog.text
    torch.testing.assert_close(parts.state.weights, whole.state.weights, rtol=1e-5, atol=1e-5)
    with pytest.raises(InputError, match="batch normalization needs the whole batch"):
        trained(architecture="resnet", options={"batch_norm": True})


def test_a_large_batch_is_computed_in_parts_that_fit_the_cache(monkeypatch):
    options = {"dropout": 0.0, "activation": "exponential"}
    whole, computed = trained(options=options), []

    def counted(self, part, rows, compute=Gradients._of_part):
        computed.append(part[0].numel())
        return compute(self, part, rows)

    monkeypatch.setattr(Gradients, "_of_part", counted)
    monkeypatch.setattr(gradients, "LETTERS_AT_ONCE", 60)
    parts = trained(options=options)
    assert 7 * 4 <= max(computed) <= 60 + 7  # a last single row joins the part before
    torch.testing.assert_close(parts.state.weights, whole.state.weights, rtol=1e-5, atol=1e-5)


def test_bfloat16_trains_nearly_as_well():
    exact = trained({"epochs": 5}).state.position.history[-1]["validation_loss"]
    quick = trained({"epochs": 5, "precision": "bfloat16"})
    assert quick.state.weights.dtype == torch.float32
    assert quick.state.position.history[-1]["validation_loss"] == pytest.approx(exact, rel=0.1)


# ------------------------------------------------------------------------------------ from files
def table(path, rows=50, **columns):
    codes = some_set(rows).block[0].numpy()
    sequences = pa.array(encoding.decode(codes).tolist())
    pq.write_table(pa.table({"sequence": sequences, **columns}), path, row_group_size=7)
    return codes


def test_a_set_from_its_file(tmp_path):
    path = tmp_path / "train.parquet"
    scores = np.random.default_rng(0).normal(5, 2, (50, 2))
    scores[3, 1] = np.nan
    depth = np.arange(1.0, 51)
    codes = table(path, a=scores[:, 0], b=scores[:, 1], depth=depth)
    target = Target.fit(path, ["a", "b"], "none", "mse", standardize=True)
    np.testing.assert_allclose(target.scaling.mean, np.nanmean(scores, axis=0))
    np.testing.assert_allclose(target.scaling.sd, np.nanstd(scores, axis=0))
    results, targets, weights, _ = open_set(path, target, "depth", torch.device("cpu")).block
    assert torch.equal(results, torch.from_numpy(codes))
    scaled = np.nan_to_num((scores - np.nanmean(scores, axis=0)) / np.nanstd(scores, axis=0))
    np.testing.assert_allclose(targets, scaled, rtol=1e-5, atol=1e-6)
    assert weights.mean().item() == pytest.approx(1)
    assert weights[3, 1] == 0
    np.testing.assert_allclose(weights[10, 0] / weights[1, 0], depth[10] / depth[1], rtol=1e-5)


def test_scores_are_transformed(tmp_path):
    counts = np.arange(50.0)
    table(tmp_path / "t.parquet", score=counts)
    target = Target.fit(tmp_path / "t.parquet", ["score"], "log1p", "mse", standardize=False)
    _, targets, weights, _ = open_set(
        tmp_path / "t.parquet", target, None, torch.device("cpu")
    ).block
    np.testing.assert_allclose(targets[:, 0], np.log1p(counts), rtol=1e-6)
    assert weights is None


def test_classes_are_those_of_the_train_set_in_order(tmp_path):
    table(tmp_path / "t.parquet", score=["b", "a", "10", "9", "b"] * 10)
    target = Target.fit(tmp_path / "t.parquet", ["score"], "none", "cross_entropy", True)
    assert target.classes == ["10", "9", "a", "b"]
    assert target.outputs == 4
    _, targets, *_ = open_set(tmp_path / "t.parquet", target, None, torch.device("cpu")).block
    assert targets[:5].tolist() == [3, 2, 0, 1, 3]
    table(tmp_path / "v.parquet", score=["b", "c"] * 25)
    with pytest.raises(InputError, match="class c of the validation set"):
        open_set(tmp_path / "v.parquet", target, None, torch.device("cpu"))


def test_scores_that_teach_nothing_are_refused(tmp_path):
    path = tmp_path / "t.parquet"
    table(path, score=[3.0] * 50, label=["x"] * 50, low=np.arange(-3.0, 47))
    with pytest.raises(InputError, match="score: the same in the whole train set"):
        Target.fit(path, ["score"], "none", "mse", standardize=False)
    with pytest.raises(InputError, match="only one class, x"):
        Target.fit(path, ["label"], "none", "cross_entropy", standardize=False)
    with pytest.raises(InputError, match=r"poisson is for counts, and .* holds -3"):
        Target.fit(path, ["low"], "none", "poisson", standardize=False)


def test_a_large_set_streams_in_shuffled_blocks(tmp_path, monkeypatch):
    scores = np.arange(50.0)
    table(tmp_path / "t.parquet", score=scores)
    target = Target(["score"])
    monkeypatch.setattr("seq2score.training.examples.RESIDENT_LETTERS", 100)
    monkeypatch.setattr("seq2score.training.examples.ROWS_AT_ONCE", 10)
    streamed = open_set(tmp_path / "t.parquet", target, None, torch.device("cpu"))
    assert isinstance(streamed, batches.Streamed)
    assert streamed.rows == 50
    streamed = replace(streamed, run_letters=3 * LENGTH + 1, together=4)

    def epoch(seed):
        generator = torch.Generator().manual_seed(seed)
        shown = batches.shuffled(streamed, 16, generator, False)
        return torch.cat([batch.targets for batch in shown])[:, 0].tolist()

    assert sorted(epoch(1)) == scores.tolist()
    assert epoch(1) == epoch(1) != epoch(2)
    first = np.unique(np.array(epoch(1)[:12]) // 3, return_counts=True)
    assert first[1].tolist() == [3, 3, 3, 3]  # whole runs, and
    assert np.ptp(first[0]) > 3  # from here and there
    ordered = torch.cat([batch.targets for batch in batches.in_order(streamed, 50)])
    assert ordered[:, 0].tolist() == scores.tolist()


@pytest.mark.parametrize("weight", [None, "depth"])
def test_a_set_of_one_block_trains_to_the_same_bytes_from_files(weight, tmp_path, monkeypatch):
    scores = np.where(np.arange(50) == 7, np.nan, np.arange(50.0))
    table(tmp_path / "t.parquet", score=scores, depth=np.arange(1.0, 51))
    target = Target.fit(tmp_path / "t.parquet", ["score"], "none", "mse", standardize=True)

    def trained_on(letters):
        monkeypatch.setattr("seq2score.training.examples.RESIDENT_LETTERS", letters)
        monkeypatch.setattr("seq2score.training.examples.ROWS_AT_ONCE", 20)
        examples = open_set(tmp_path / "t.parquet", target, weight, torch.device("cpu"))
        torch.manual_seed(1)
        network = build("cnn", {}, LENGTH, 1)
        sets = batches.Sets(examples, examples, both_strands=True)
        history = Training(network, sets, {**SETTINGS, "epochs": 3}, seed=1).run()
        assert history[-1]["train_loss"] < history[0]["train_loss"]
        return type(examples), torch.cat([of.flatten() for of in network.state_dict().values()])

    (kept, resident), (left, streamed) = trained_on(10_000), trained_on(100)
    assert (kept, left) == (batches.Resident, batches.Streamed)
    assert resident.numpy().tobytes() == streamed.numpy().tobytes()


def test_mapped_numbers_are_those_of_the_parts():
    parts = [some_set(rows, outputs=2).block for rows in (5, 1, 4)]
    parts = [batches.Block(part.encoded, part.targets) for part in parts]
    whole = batches.mapped(parts)
    assert torch.equal(whole.encoded, torch.cat([part.encoded for part in parts]))
    assert torch.equal(whole.targets, torch.cat([part.targets for part in parts]))
    assert whole.weights is None
    labels = [batches.Block(part.encoded, torch.arange(part.rows)) for part in parts]
    expected = torch.cat([part.targets for part in labels])
    assert torch.equal(batches.mapped(labels).targets, expected)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full here")
def test_a_full_disk_is_told(monkeypatch):
    full = partial(Path("/dev/full").open, "r+b", buffering=0)
    monkeypatch.setattr(batches, "TemporaryFile", full)
    with pytest.raises(InputError, match=r"No space left on device.*TMPDIR"):
        batches.mapped([some_set(5).block])


def test_scaling_of_pieces_is_that_of_all():
    scores = np.random.default_rng(0).normal(1e3, [0.01, 5], (1000, 2))
    scores[:400, 1] = np.nan  # a piece without any
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        pieces = Scaling.of_pieces(np.split(scores, [300, 301, 800]), ["a", "b"])
    whole = Scaling.fit(scores, ["a", "b"])
    np.testing.assert_allclose(pieces.mean, whole.mean, rtol=1e-12)
    np.testing.assert_allclose(pieces.sd, whole.sd, rtol=1e-9)


def test_scaling_ignores_what_is_missing():
    scores = np.array([[1.0, math.nan], [3.0, 5.0], [5.0, 9.0]])
    scaling = Scaling.fit(scores, ["a", "b"])
    assert scaling.as_record() == {"mean": [3.0, 7.0], "sd": [pytest.approx(1.632993), 2.0]}


class Terminal(io.StringIO):
    """That can be read after it was closed."""

    def close(self):
        pass


def test_progress_where_there_is_no_terminal(monkeypatch):
    now = itertools.count(start=1000.0, step=7.0)  # a step takes seven seconds
    monkeypatch.setattr("seq2score.training.progress.monotonic", lambda: next(now))
    output = Terminal()
    progress = Progress("8mers cnn 17", epochs=100, rows=2, terminal=output)
    for epoch in range(1, 101):
        progress.step(epoch, 1)
        progress.step(epoch, 2)
    progress.close()
    lines = output.getvalue().splitlines()
    assert lines[0] == "8mers cnn 17: epoch 3/100  0 sequences/s  1365 s left"
    assert all(line.startswith("8mers cnn 17: epoch ") for line in lines)
    assert len(lines) == 9  # in 1,400 s
    assert "\r" not in output.getvalue()
    assert "\x1b" not in output.getvalue()


def test_progress_in_a_terminal_and_in_the_log(caplog):
    terminal = Terminal()
    terminal.isatty = lambda: True
    caplog.set_level("INFO")
    progress = Progress("8mers cnn 17", epochs=4, rows=200, terminal=terminal)
    progress.interval = 0
    trained({"epochs": 4}, progress=progress)
    progress.close()
    shown = terminal.getvalue().split("\r")
    assert "8mers cnn 17" in shown[-2]
    assert "epoch 4/4" in shown[-2]
    assert "sequences/s" in shown[-2]
    assert "s left" in shown[-2]
    assert shown[-1] == "\x1b[K"
    lines = [record.message for record in caplog.records]
    assert len(lines) == 4
    assert lines[3].startswith("epoch 4/4  train ")
    assert "validation" in lines[3]


# ------------------------------------------------------------------------------------ accuracy
@pytest.fixture(scope="module")
def teaching_task():
    """Codes and scores of the built-in run's train, validation and test set."""
    config = yaml.safe_load((Path(__file__).parent.parent / "config.yaml").read_text())
    rule = config["datasets"]["8mers"]["synthetic"]
    made = synthetic.make({**rule, "noise_sd": 0}, TASKS["regression"])
    codes, scores = encoding.encode(made["sequence"]), made["score"].to_numpy()[:, None]
    order = np.random.default_rng(17).permutation(len(codes))
    return [(codes[rows], scores[rows]) for rows in np.split(order, [41_942, 41_942 + 10_486])]


PLAIN = {"batch_size": 128, "epochs": 50}
KMERS = PRESETS["kmers"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "options", "settings", "standardize", "low", "high"),
    [
        ("linear", {}, PLAIN, False, 0.255, 0.295),
        ("cnn", {}, PLAIN, False, 0.94, 1),
        ("cnn", {"hidden": KMERS["hidden"]}, KMERS["training"], True, 0.9999, 1),
    ],
    ids=["linear", "cnn", "kmers"],
)
def test_r2_on_the_teaching_task(
    architecture, options, settings, standardize, low, high, teaching_task
):
    """Mean over seeds 1 to 5, the split fixed."""
    scaling = Scaling.fit(teaching_task[0][1], ["score"])
    if not standardize:
        scaling = Scaling(np.zeros(1), np.ones(1))
    train, validation = (
        batches.Resident(
            batches.Block(torch.from_numpy(codes), torch.from_numpy(scaling.scale(scores)).float())
        )
        for codes, scores in teaching_task[:2]
    )
    codes, scores = teaching_task[2]
    results = []
    for seed in range(1, 6):
        torch.manual_seed(seed)
        network = build(architecture, options, 8, 1)
        Training(network, batches.Sets(train, validation), {**SETTINGS, **settings}, seed).run()
        with torch.inference_mode():
            prediction = network.eval()(one_hot(torch.from_numpy(codes))).double().numpy()
        error = prediction * scaling.sd + scaling.mean - scores
        results.append(1 - (error**2).sum() / ((scores - scores.mean()) ** 2).sum())
    print(architecture, [round(r2, 6) for r2 in results], np.mean(results))
    assert low <= np.mean(results) <= high
