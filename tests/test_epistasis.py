"""The latent trait of a model of epistasis: its effects are what was planted, its curve rises."""

import numpy as np
import pytest
import torch

from factories.models import RECORD
from seq2score.figures import theme
from seq2score.figures.latent import Latent, draw
from seq2score.inference import latent as latents
from seq2score.inference.prediction import Predictor
from seq2score.models import build
from seq2score.models.network import one_hot
from seq2score.training.batches import Block, Resident, Sets
from seq2score.training.loop import Training

plot_latent = pytest.importorskip("plot_latent")
LENGTH = 7
MODEL = {"architecture": "epistasis", "options": {}, "input_length": LENGTH}
MODEL |= {"target_scaling": {"mean": [2.0], "sd": [3.0]}}
ENCODED = np.random.default_rng(0).integers(0, 5, (30, LENGTH), dtype=np.uint8)


def random_model(outputs=1, reach=100, steps=4):
    torch.manual_seed(0)
    model = build("epistasis", {"reach": reach, "steps": steps}, LENGTH, outputs)
    with torch.no_grad():
        for parameter in (model.constant, model.additive, model.pairwise):
            parameter.normal_()
    return model.eval()


def words(rows=300, seed=1):
    return np.random.default_rng(seed).integers(0, 4, (rows, LENGTH), dtype=np.uint8)


@pytest.mark.parametrize("reach", [0, 1, 100])
def test_effects_add_up_to_the_latent_trait(reach):
    model, sequences = random_model(2, reach), words()
    metadata = model.effects(1)
    places = np.arange(LENGTH)
    trait = metadata.additive[places, sequences].sum(1)
    pairs = metadata.pairwise[places[:, None], sequences[:, :, None], places, sequences[:, None]]
    trait += pairs.sum((1, 2))
    latent = model.latent(one_hot(torch.from_numpy(sequences)))[:, 1].detach().numpy()
    np.testing.assert_allclose(
        metadata.constant + metadata.spread * trait, latent, rtol=1e-4, atol=1e-4
    )
    far = np.abs(places - places[:, None]) > reach
    assert not metadata.pairwise.transpose(0, 2, 1, 3)[far].any()


def test_effects_sum_to_nothing_and_the_trait_is_standardized():
    model = random_model()
    metadata = model.effects()
    np.testing.assert_allclose(metadata.additive.sum(1), 0, atol=1e-9)
    np.testing.assert_allclose(metadata.pairwise.sum(1), 0, atol=1e-9)
    np.testing.assert_allclose(metadata.pairwise.sum(3), 0, atol=1e-9)
    latent = model.latent(one_hot(torch.from_numpy(words(60_000)))).detach().numpy()
    assert latent.mean() == pytest.approx(metadata.constant, abs=0.05 * metadata.spread)
    assert latent.std() == pytest.approx(metadata.spread, rel=0.05)


def test_the_curve_never_falls_and_is_that_of_the_network():
    model = random_model(2)
    metadata, trait = model.effects(1), np.linspace(-3, 3, 50)
    shown = model.shown(trait, 1)
    assert (np.diff(shown) >= 0).all() and shown[-1] > shown[0]
    sequences = one_hot(torch.from_numpy(words()))
    single = (model.latent(sequences)[:, 1].detach().numpy() - metadata.constant) / metadata.spread
    np.testing.assert_allclose(
        model.shown(single, 1), model(sequences)[:, 1].detach().numpy(), rtol=1e-3, atol=1e-3
    )


def test_planted_effects_are_learned():
    """An additive trait with one pair, seen through a sigmoid."""
    random = np.random.default_rng(0)
    single = random.normal(size=(LENGTH, 4))
    single -= single.mean(1, keepdims=True)
    sequences = words(3_000, seed=2)
    trait = single[np.arange(LENGTH), sequences].sum(1)
    trait += 3.0 * ((sequences[:, 1] == 0) & (sequences[:, 4] == 2))
    score = torch.from_numpy(np.tanh(trait / 2) + 0.05 * random.normal(size=3_000)).float()
    block = Block(torch.from_numpy(sequences), (score[:, None] - score.mean()) / score.std())
    torch.manual_seed(1)
    model = build("epistasis", {}, LENGTH, 1)
    settings = {
        **{"optimizer": "adamw", "learning_rate": 0.02, "schedule": "one_cycle", "loss": "mse"},
        **{"batch_size": 250, "epochs": 25, "early_stopping": None, "gradient_clip": None},
        **{"weight_decay": 0.0, "weight_decay_per": "step", "precision": "float32"},
    }
    examples = Resident(block)
    Training(model, Sets(examples, examples), settings, 1).run()
    metadata = model.eval().effects()
    results = np.corrcoef(metadata.additive.ravel(), single.ravel())[0, 1]
    assert results > 0.95
    strongest = np.unravel_index(np.abs(metadata.pairwise).argmax(), metadata.pairwise.shape)
    assert strongest == (1, 0, 4, 2)


def test_tables_and_the_curve_are_in_the_units_of_the_score():
    record = RECORD | MODEL
    model = Predictor(random_model(steps=0), record)
    trait = latents.traits(model, ENCODED)
    np.testing.assert_allclose(
        latents.curve(model, trait[:, 0])["prediction"][:, 0], model.predict(ENCODED), rtol=1e-4
    )
    effects = model.network.effects()
    assert len(latents.additive_rows(effects, "score", "ACGU")) == LENGTH * 4
    rows = latents.pairwise_rows(effects, "score", "ACGU")
    assert len(rows) == LENGTH * (LENGTH - 1) // 2 * 16
    assert rows[0].keys() == {
        "output", "position_1", "letter_1", "position_2", "letter_2", "effect"
    }  # fmt: skip


def test_the_noise_along_the_curve_is_that_of_predictions(tmp_path):
    torch.manual_seed(0)
    network = build("epistasis", {"steps": 3}, LENGTH, 2, noise=True)
    with torch.no_grad():
        for parameter in (network.additive, network.noise):
            parameter.normal_(std=0.3)
    scaling = {"mean": [2.0, 1.0], "sd": [3.0, 0.5]}
    metadata = {"outputs": ["a", "b"], "target_scaling": scaling, "loss": "gaussian_nll"}
    model = Predictor(network, RECORD | MODEL | metadata)
    trait = latents.traits(model, ENCODED)
    for output in range(2):
        columns = {key: of[:, output] for key, of in latents.curve(model, trait[:, output]).items()}
        predicted, sd = model.predict(ENCODED)[:, output], model.noise(ENCODED)[:, output]
        np.testing.assert_allclose(columns["prediction"], predicted, rtol=1e-4)
        np.testing.assert_allclose(columns["upper"], predicted + sd, rtol=1e-4)
        np.testing.assert_allclose(columns["lower"], predicted - sd, rtol=1e-4, atol=1e-5)
    points = np.linspace(-2, 2, 20)
    results = latents.curve(model, points)
    lines = np.stack([points, *(of[:, 0] for of in results.values())])
    latent = Latent("a", network.effects().additive, trait[:, 0], trait[:, 0], lines)
    theme.save(draw([latent], "ACGT", "C0"), tmp_path / "latent.png")
