"""Architectures: their numbers, their gradients, and their files."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from factories.models import FAMILIES, LENGTH, class_of, learned, new, record
from seq2score import models
from seq2score.errors import InputError
from seq2score.models import files
from seq2score.models.convolution import ScanningNetwork
from seq2score.models.estimator import Estimator
from seq2score.models.network import Network, one_hot
from seq2score.models.resnet import Along
from seq2score.sequences import encoding
from seq2score.settings.families import FAMILIES as KNOWN

torch.set_num_threads(1)


@pytest.fixture
def codes():
    sample = np.random.default_rng(0).integers(0, 5, (7, LENGTH), dtype=np.uint8)
    return torch.from_numpy(sample)


# Options that came later: without them, a saved model is one that never had them.
ABSENT = {"kernel": {"gaps": 0}}


def test_the_schema_lists_the_families_with_their_options_and_defaults():
    files_of = {
        path.stem
        for path in Path(models.__file__).parent.glob("*.py")
        if re.search(r"^class Model\b", path.read_text(), re.M)
    }
    assert files_of == set(KNOWN)
    for name in FAMILIES:
        metadata = KNOWN[name]
        model = class_of(name)
        _, _, *options = inspect.signature(model).parameters.values()
        defaults = metadata(architecture=name).options
        assert {o.name: o.default for o in options} == defaults | ABSENT.get(name, {})
        assert metadata.has_filters == issubclass(model, ScanningNetwork)
        assert (metadata.kind == "estimator") == issubclass(model, Estimator)


def test_one_hot_is_that_of_the_library(codes):
    np.testing.assert_array_equal(one_hot(codes), encoding.one_hot(codes.numpy()))


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("outputs", [1, 3])
def test_shapes_and_seeds(name, outputs, codes):
    network, again = learned(name, outputs), learned(name, outputs)
    prediction = network(one_hot(codes))
    assert prediction.shape == (7, outputs)
    assert prediction.dtype == torch.float32
    assert torch.equal(prediction, again(one_hot(codes)))
    assert network(one_hot(codes[:0])).shape == (0, outputs)


@pytest.mark.parametrize("name", ["linear", "cnn", "cnn2d"])
@pytest.mark.parametrize("options", [{}, {"hidden": 3}, {"activation": "exponential"}])
def test_gradients_are_those_of_autograd(name, options, codes):
    network = new(name, 2, **({} if name == "linear" else options)).train()
    targets = torch.randn(7, 2)

    def slope(prediction):
        return 2 * (prediction - targets)

    with torch.no_grad():
        ours = network.gradients(one_hot(codes), slope)
    reference = Network.gradients(network, one_hot(codes), slope)
    for parameter, results, true in zip(network.parameters(), ours, reference, strict=True):
        torch.testing.assert_close(results.reshape(parameter.shape), true, rtol=1e-5, atol=1e-5)


def test_convolution_is_that_of_torch(codes):
    network = new("cnn")
    x = one_hot(codes)
    for letters in (x, x.contiguous()):
        true = torch.conv1d(letters, network.convolution.weight, network.convolution.bias)
        torch.testing.assert_close(network.convolution(letters), true, rtol=0, atol=1e-6)
        torch.testing.assert_close(
            network.first_activations(letters), true.relu(), rtol=0, atol=1e-6
        )
    assert network.first_filters.shape == (6, 4, 4)


@pytest.mark.parametrize("dilation", [1, 2])
def test_convolution_between_layers_is_that_of_torch(codes, dilation):
    layer = Along(6, 5, 3, padding=dilation, dilation=dilation)
    x = new("cnn").first_activations(one_hot(codes)).detach().requires_grad_()
    true = torch.conv1d(x, layer.weight, layer.bias, padding=dilation, dilation=dilation)
    torch.testing.assert_close(layer(x), true, rtol=0, atol=1e-6)
    expected = [x, layer.weight, layer.bias]
    slopes = torch.randn_like(true)
    for ours, theirs in zip(
        torch.autograd.grad(layer(x), expected, slopes),
        torch.autograd.grad(true, expected, slopes),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_cnn_and_cnn2d_are_one_network(codes):
    flat, image = new("cnn", hidden=0), new("cnn2d")
    with torch.no_grad():
        for parameter in flat.parameters():
            parameter.normal_()
    image.load_state_dict(flat.state_dict())
    torch.testing.assert_close(image(one_hot(codes)), flat(one_hot(codes)), rtol=0, atol=1e-5)
    assert image.convolution.weight.shape == (6, 1, 4, 4)
    assert torch.equal(image.first_filters, flat.first_filters)
    back = new("cnn", hidden=0)
    back.load_state_dict(image.state_dict())
    assert torch.equal(back(one_hot(codes)), flat(one_hot(codes)))


def test_kernel_wider_than_the_sequences_is_refused():
    with pytest.raises(InputError, match=r"kernel_size: 12 is wider .* have 11 letters"):
        new("cnn", kernel_size=12)


@pytest.mark.parametrize("name", FAMILIES)
def test_saved_and_loaded(name, codes, tmp_path):
    network = learned(name)
    places = tmp_path / "model.safetensors", tmp_path / "model.json"
    files.save(network, record(name), *places)
    first = [folder.read_bytes() for folder in places]
    loaded, metadata = files.load(tmp_path)
    assert metadata == record(name)
    assert not loaded.training
    assert torch.equal(loaded(one_hot(codes)), network.eval()(one_hot(codes)))
    files.save(loaded, metadata, *places)
    assert [folder.read_bytes() for folder in places] == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "model.safetensors"]


def test_broken_models_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"no model here, model\.json is missing"):
        files.load(tmp_path)
    files.save(new("cnn"), record("cnn"), tmp_path / "model.safetensors", tmp_path / "model.json")
    weights = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(weights[:-100])
    with pytest.raises(InputError, match="cannot be read"):
        files.load(tmp_path)
