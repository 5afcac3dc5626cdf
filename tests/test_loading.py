"""`seq2score.load`: one seed or all of them, as a predictor and as a torch module with slopes."""

import json

import numpy as np
import pytest
import torch

import seq2score
from factories.models import CLASSES, FAMILIES, LENGTH, RECORDS, SCALED, new, saved
from seq2score.errors import InputError
from seq2score.inference.prediction import Ensemble, Predictor
from seq2score.models import files
from seq2score.models.activations import Elementwise
from seq2score.models.network import one_hot


@pytest.fixture
def codes():
    sample = np.random.default_rng(3).integers(0, 4, (6, LENGTH), dtype=np.uint8)
    sample[0, :2] = 4
    return sample


def letters(codes):
    return one_hot(torch.from_numpy(codes)).clone()


@pytest.mark.parametrize("changes", RECORDS.values(), ids=RECORDS)
def test_the_module_is_the_prediction_and_has_its_slopes(changes, codes, tmp_path):
    model = seq2score.load(saved(tmp_path, **changes))
    predicted = model.predict(codes).reshape(len(codes), -1)
    x = letters(codes).requires_grad_()
    result = model.module(x)
    assert result.dtype == torch.float32
    assert result.detach().numpy() == pytest.approx(predicted, rel=1e-5)

    exact = model.module.double()
    x = letters(codes).double().requires_grad_()
    assert exact(x).detach().numpy() == pytest.approx(predicted, rel=1e-5)
    (slopes,) = torch.autograd.grad(exact(x)[:, 0].sum(), x)
    step = torch.randn(x.shape, generator=torch.Generator().manual_seed(1)).double() * 1e-6
    with torch.no_grad():
        change = (exact(x + step) - exact(x - step))[:, 0] / 2
    assert change.numpy() == pytest.approx((slopes * step).sum((1, 2)).numpy(), rel=1e-4)


@pytest.mark.parametrize("name", [name for name in FAMILIES if not new(name).differentiable])
def test_an_estimator_has_no_module(name, tmp_path):
    model = seq2score.load(saved(tmp_path, name))
    with pytest.raises(InputError, match=f"{name}: this family has no gradients"):
        _ = model.module


@pytest.mark.parametrize("name", [name for name in FAMILIES if new(name).differentiable])
def test_the_module_of_every_architecture(name, codes, tmp_path):
    model = seq2score.load(saved(tmp_path, name))
    exact = model.module.double()(letters(codes).double()).detach().numpy()[:, 0]
    assert exact == pytest.approx(model.predict(codes), abs=1e-5)
    assert model.embed(codes).dtype == np.float32
    assert len(model.embed(codes)) == len(codes)


def test_what_is_done_to_the_module_leaves_the_predictor_as_it_is(codes, tmp_path):
    model = seq2score.load(saved(tmp_path))
    before = model.predict(codes)
    with torch.no_grad():
        for parameter in model.module.double().parameters():
            parameter.zero_()
    assert np.array_equal(model.predict(codes), before)


@pytest.mark.parametrize("strands", ["none", "average"])
def test_logits_are_centred_and_of_the_last_layer(strands, codes, tmp_path):
    model = seq2score.load(saved(tmp_path, **CLASSES, reverse_complement=strands))
    result = model.logits(letters(codes)).detach()
    assert result.sum(1).numpy() == pytest.approx(np.zeros(len(codes)), abs=1e-6)
    if strands == "none":
        assert result.softmax(1).numpy() == pytest.approx(model.predict(codes), rel=1e-5)
    else:
        turned = model.logits(letters(codes).flip((1, 2))).detach()
        assert result.numpy() == pytest.approx(turned.numpy(), abs=1e-6)
    with pytest.raises(InputError, match="only classes"):
        _ = seq2score.load(saved(tmp_path)).logits


@pytest.mark.parametrize("strands", ["none", "average"])
def test_an_embedding_is_what_the_last_layer_reads(strands, codes, tmp_path):
    model = seq2score.load(saved(tmp_path, reverse_complement=strands))
    last = model.network.output
    read = model.embed(codes) @ last.weight.detach().numpy().T + last.bias.detach().numpy()
    assert read[:, 0] == pytest.approx(model.predict(codes), abs=1e-5)


def test_a_folder_of_seeds_is_their_ensemble(codes, tmp_path):
    for seed in (10, 2, 1):
        saved(tmp_path / f"seed{seed}", seed=seed, **SCALED)
    (tmp_path / "ensemble").mkdir()
    model = seq2score.load(tmp_path)
    assert isinstance(model, Ensemble)
    assert all(isinstance(member, Predictor) for member in model.members)
    assert [member.record["seed"] for member in model.members] == [1, 2, 10]
    each = model.predict_each(codes)
    assert each.shape == (3, len(codes), 1)
    for member, predicted in zip(model.members, each, strict=True):
        assert np.array_equal(member.predict(codes), predicted[:, 0])
        assert np.array_equal(member.predict_each(codes)[0], predicted)
        assert np.isnan(member.spread(codes)).all()
    assert model.predict(codes) == pytest.approx(each.mean(axis=(0, 2)))
    assert model.spread(codes) == pytest.approx(each.std(axis=0, ddof=1)[:, 0])
    together = model.module(letters(codes)).detach().numpy()
    assert together[:, 0] == pytest.approx(model.predict(codes), rel=1e-5)
    assert model.embed(codes).shape[1] == 3 * model.members[0].embed(codes).shape[1]
    assert model.predict(["ACGTTGCAACGTTGCA"[:LENGTH]]).shape == (1,)


def test_seeds_that_predict_something_else_are_no_ensemble(tmp_path):
    saved(tmp_path / "seed1")
    saved(tmp_path / "seed2", outputs=["activity"])
    with pytest.raises(InputError, match=r"outputs is .*in seed1 and .*in seed2"):
        seq2score.load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seq2score": "999.1"}, r"made by seq2score 999\.1; this is"),
        ({"architecture": "nonesuch"}, "no such model here: .*nonesuch"),
        ({"options": {"filters": 3, "sieves": 4}}, "no such model here: .*sieves"),
        ({"options": {"filters": 7, "kernel_size": 4}}, "not the weights of model.json"),
        ({"input_length": LENGTH + 1}, "not the weights of model.json"),
        ({"input_length": "8"}, "input_length: '8'. Allowed: a whole number"),
        ({"outputs": None}, "outputs: None. Allowed: a list of names"),
        ({"score_transform": "sqrt"}, "score_transform: 'sqrt'. Allowed: none, log2, log1p"),
        ({"target_scaling": {"mean": [1.0]}}, "target_scaling: .*Allowed: mean and sd, or null"),
        ({"target_scaling": {"mean": [1, 2], "sd": [1, 2]}}, "target_scaling is not of 1 outputs"),
    ],
)
def test_a_foreign_record_is_refused_in_one_line(changes, message, tmp_path):
    metadata = json.loads((saved(tmp_path) / "model.json").read_text()) | changes
    (tmp_path / "model.json").write_text(json.dumps(metadata))
    with pytest.raises(InputError, match=message) as refusal:
        seq2score.load(tmp_path)
    assert "\n" not in str(refusal.value)
    assert str(tmp_path) in str(refusal.value)


@pytest.mark.parametrize("content", ["[]", '{"layers": 3}', "{", "\xff"])
def test_another_programs_json_is_refused(content, tmp_path):
    (saved(tmp_path) / "model.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError, match=r"model\.json|cannot be read"):
        seq2score.load(tmp_path)


def test_damaged_weights_are_refused(tmp_path):
    network, metadata = files.load(saved(tmp_path))
    with torch.no_grad():
        network.output.bias[0] = torch.nan
    files.save(network, metadata, tmp_path / "model.safetensors", tmp_path / "model.json")
    with pytest.raises(InputError, match=r"output\.bias holds a number not finite"):
        seq2score.load(tmp_path)
    with pytest.raises(InputError, match="no model here"):
        seq2score.load(tmp_path / "nowhere")


@pytest.mark.parametrize("wrong", [np.zeros((2, 3)), np.zeros(LENGTH), np.full((1, LENGTH), 9)])
def test_codes_of_another_shape_are_refused(wrong, tmp_path):
    with pytest.raises(InputError, match=f"Allowed: .n, {LENGTH}., from 0 to 4"):
        seq2score.load(saved(tmp_path)).predict(wrong.astype(np.uint8))


# ------------------------------------------------------------------------- other people's tools
def integrated_gradients(module, x, baseline, steps=200):
    """As captum computes them (Sundararajan 2017): the midpoint rule along a straight line."""
    total = torch.zeros_like(x)
    for step in range(steps):
        between = (baseline + (step + 0.5) / steps * (x - baseline)).requires_grad_()
        total += torch.autograd.grad(module(between)[:, 0].sum(), between)[0]
    return (x - baseline) * total / steps


def test_integrated_gradients_add_up(codes, tmp_path):
    module = seq2score.load(saved(tmp_path, reverse_complement="average", **SCALED)).module
    x = letters(codes)
    baseline = torch.full_like(x, 0.25)
    results = integrated_gradients(module, x, baseline).sum((1, 2))
    expected = (module(x) - module(baseline))[:, 0].detach()
    assert results.numpy() == pytest.approx(expected.numpy(), abs=1e-2)


def test_tangermeme_takes_the_module(codes, tmp_path):
    """Its own functions, on one seed and on an ensemble, agree with ours or with themselves."""
    pytest.importorskip("tangermeme", reason="needs requirements-dev.txt")
    from tangermeme.marginalize import marginalize
    from tangermeme.predict import predict
    from tangermeme.saturation_mutagenesis import saturation_mutagenesis

    for seed in (1, 2):
        saved(tmp_path / f"seed{seed}", seed=seed, reverse_complement="average", **SCALED)
    codes = codes[1:]
    x = letters(codes).contiguous()
    for model in (seq2score.load(tmp_path / "seed1"), seq2score.load(tmp_path)):
        module = model.module
        predicted = predict(module, x, device="cpu")[:, 0].numpy()
        assert predicted == pytest.approx(model.predict(codes), rel=1e-5)

        before, after = marginalize(module, x, "TAT", device="cpu")
        assert before[:, 0].numpy() == pytest.approx(model.predict(codes), rel=1e-5)
        start = (LENGTH - 3) // 2
        inserted = codes.copy()
        inserted[:, start : start + 3] = [3, 0, 3]
        assert after[:, 0].numpy() == pytest.approx(model.predict(inserted), rel=1e-5)

        mutated = saturation_mutagenesis(module, x, device="cpu", raw_outputs=True)
        changed = codes.copy()
        changed[:, 2] = 0
        result = mutated.y_hat[:, 0, 2, 0].numpy()
        assert result == pytest.approx(model.predict(changed), rel=1e-5)


@pytest.mark.parametrize("changes", [{}, SCALED | {"score_transform": "log2"}, CLASSES])
@pytest.mark.parametrize("name", ["cnn", "resnet"])
def test_deep_lift_sees_every_step_between_layers(name, changes, codes, tmp_path):
    """Contributions add up to the difference from the reference only then (Shrikumar 2017)."""
    pytest.importorskip("tangermeme", reason="needs requirements-dev.txt")
    from tangermeme._deep_lift_utils import _nonlinear
    from tangermeme.deep_lift_shap import deep_lift_shap

    model = seq2score.load(saved(tmp_path, name, reverse_complement="average", **changes))
    module = model.module.double()
    x, reference = letters(codes).double(), letters(codes[::-1].copy()).double()
    shares = deep_lift_shap(
        module, x[1:-1], references=reference[1:-1, None], device="cpu",
        additional_nonlinear_ops={Elementwise: _nonlinear},
    )  # fmt: skip
    expected = (module(x) - module(reference))[1:-1, 0].detach().numpy()
    assert shares.sum((1, 2)).numpy() == pytest.approx(expected, abs=1e-6)
