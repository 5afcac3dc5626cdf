"""A trained network in ONNX, for use without this library or torch.

All that leads from letters to the score is in the graph. It takes sequences as the bytes of their
letters, uint8 (n, length), of A, C, G, T (also U with the alphabet rna) and N in either case, and
gives what `predict` gives: `prediction`, float64 (n, outputs) or (n, classes), NaN for a sequence
that holds another letter. Where a model sees more than sequences, that is at the values that
`inputs` of the file's metadata tells, as all else there is to know. In Python:

    letters = numpy.frombuffer("".join(sequences).encode(), numpy.uint8).reshape(-1, length)
    (prediction,) = onnxruntime.InferenceSession("model.onnx").run(None, {"letters": letters})
"""

import io
import json
import warnings
from typing import Any, cast

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from seq2score.errors import InputError
from seq2score.inference.prediction import Predictor
from seq2score.inference.units import InUnits
from seq2score.sequences.encoding import BASES, decode

CLOSE = 1e-5
DESCRIPTION = (
    "Takes letters as bytes, uint8 (n, length); gives prediction, float64 (n, outputs) or "
    "(n, classes), in the score's own units, NaN for a sequence with another letter."
)
METADATA = (
    *("dataset", "model", "seed", "seq2score", "architecture", "alphabet", "input_length"),
    *("length", "flanks", "reverse_complement", "outputs", "classes", "score_transform"),
)


class Double(nn.Module):
    """A network that gives float64, in which scores in their own units are computed."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, *inputs: Tensor) -> Tensor:
        """One-hot float32 (n, 4, length), and covariates, to float64 (n, outputs)."""
        return self.network(x, *inputs).double()


class FromLetters(nn.Module):
    """A model from the bytes of letters to its predictions.

    Raises
    ------
    InputError
        For a family that is no network.
    """

    one_hot: Tensor
    foreign: Tensor

    def __init__(self, predictor: Predictor):
        super().__init__()
        record = predictor.record
        if not predictor.network.differentiable:
            raise InputError(f"export: onnx is for networks, and {record['architecture']} is none.")
        self.scores = InUnits(Double(predictor.network), record)
        one_hot, foreign = torch.zeros(256, 4), torch.full((256, 1), torch.nan).double()
        for letter in BASES + "N" + ("U" if record["alphabet"] == "rna" else ""):
            for byte in (ord(letter), ord(letter.lower())):
                foreign[byte] = 0
                if letter != "N":
                    one_hot[byte, BASES.index(letter.replace("U", "T"))] = 1
        self.register_buffer("one_hot", one_hot)
        self.register_buffer("foreign", foreign)

    def forward(self, letters: Tensor) -> Tensor:
        """uint8 (n, length) to float64 (n, outputs) or (n, classes)."""
        bytes_ = letters.long()
        scores = self.scores(self.one_hot[bytes_].transpose(1, 2))
        return scores + self.foreign[bytes_].sum(dim=1)


def _constant(graph: Any, value: float) -> Any:
    return graph.op("Constant", value_t=torch.tensor(value, dtype=torch.float64))


# What undoes a transform of the scores, and ONNX has no operator for.
MISSING = {
    "aten::exp2": lambda graph, x: graph.op("Pow", _constant(graph, 2.0), x),
    "aten::expm1": lambda graph, x: graph.op("Sub", graph.op("Exp", x), _constant(graph, 1.0)),
}


def to_onnx(predictor: Predictor) -> bytes:
    """A trained network as an ONNX file, for any number of sequences at a time.

    Raises
    ------
    InputError
        For a family that is no network.
    """
    model, buffer = FromLetters(predictor).eval(), io.BytesIO()
    options: dict[str, Any] = {
        "input_names": ["letters"],
        "output_names": ["prediction"],
        "dynamic_axes": {"letters": {0: "n"}, "prediction": {0: "n"}},
        "dynamo": False,
    }
    for operator, made_of in MISSING.items():
        torch.onnx.register_custom_op_symbolic(operator, made_of, 9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter without onnxscript is called deprecated
        example = torch.full((2, predictor.record["input_length"]), ord("A"), dtype=torch.uint8)
        torch.onnx.export(model, (example,), cast(Any, buffer), **options)
    exported = onnx.load_from_string(buffer.getvalue())
    exported.doc_string = DESCRIPTION
    metadata = {key: predictor.record[key] for key in METADATA if key in predictor.record}
    if predictor.inputs:
        metadata["inputs"] = predictor.inputs.alone
    metadata |= {"letters": "bytes of A, C, G, T and N", "prediction": "in the score's own units"}
    onnx.helper.set_model_props(
        exported, {k: v if isinstance(v, str) else json.dumps(v) for k, v in metadata.items()}
    )
    onnx.checker.check_model(exported)
    return exported.SerializeToString()


def difference(predictor: Predictor, exported: bytes) -> float:
    """Largest difference between the two on random sequences, over the largest prediction."""
    shape = (100, predictor.record["input_length"])
    encoded = np.random.default_rng(0).integers(0, 5, shape, dtype=np.uint8)
    letters = np.frombuffer("".join(decode(encoded)).encode(), np.uint8).reshape(shape)
    (of_onnx,) = onnxruntime.InferenceSession(exported).run(None, {"letters": letters})
    of_torch = predictor.predict(encoded).reshape(of_onnx.shape)
    return float(np.abs(of_torch - of_onnx).max() / max(1.0, np.abs(of_torch).max()))


def verify(predictor: Predictor, exported: bytes) -> float:
    """The `difference`; raises RuntimeError where it is more than rounding."""
    apart = difference(predictor, exported)
    if apart > CLOSE:
        raise RuntimeError(f"ONNX gives other predictions than torch: {apart:.1e} apart")
    return apart
