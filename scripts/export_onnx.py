"""Write a trained network in ONNX, for use without this workflow or torch.

It takes one-hot letters, float32 (n, 4, length), and gives what the network gives: float32
(n, outputs), before the target scaling of model.json is undone. Where the model was trained in a
construct, the letters are the insert's, and the flanks are within.
"""

import io
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from seq2score.models import files
from seq2score.models.network import one_hot
from seq2score.sequences.construct import Construct
from seq2score.sequences.encoding import one_hot as one_hot_of

CLOSE = 1e-5


class InConstruct(torch.nn.Module):
    """A network that takes inserts."""

    def __init__(self, network, construct: Construct):
        super().__init__()
        self.network = network
        for side in ("left", "right"):
            self.register_buffer(side, torch.from_numpy(one_hot_of(getattr(construct, side)[None])))

    def forward(self, x):
        left, right = (side.expand(x.shape[0], -1, -1) for side in (self.left, self.right))
        return self.network(torch.cat([left, x, right], dim=2))


def to_onnx(network, length: int) -> bytes:
    """The network in ONNX, for any number of sequences at a time."""
    names = {"input_names": ["letters"], "output_names": ["prediction"]}
    axes = {"letters": {0: "n"}, "prediction": {0: "n"}}
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter without onnxscript is called deprecated
        example = torch.zeros(2, 4, length)
        torch.onnx.export(network, (example,), buffer, dynamo=False, dynamic_axes=axes, **names)
    onnx.checker.check_model(onnx.load_from_string(buffer.getvalue()))
    return buffer.getvalue()


def difference(network, exported: bytes, length: int) -> float:
    """Largest difference between the two on random sequences, over the largest prediction."""
    drawn = np.random.default_rng(0).integers(0, 5, (100, length), dtype=np.uint8)
    letters = one_hot(torch.from_numpy(drawn))
    with torch.inference_mode():
        ours = network(letters).numpy()
    (theirs,) = onnxruntime.InferenceSession(exported).run(None, {"letters": letters.numpy()})
    return float(np.abs(ours - theirs).max() / max(1.0, np.abs(ours).max()))


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    network, record = files.load(Path(snakemake.input.weights).parent)
    if (construct := Construct.of(record.get("flanks"))).letters:
        network = InConstruct(network, construct).eval()
    exported = to_onnx(network, record["input_length"])
    found = difference(network, exported, record["input_length"])
    if found > CLOSE:
        raise RuntimeError(f"ONNX gives other predictions than torch: {found:.1e} apart")
    job.tell("ONNX and torch agree: %.1e apart", found)
    files.write_whole(snakemake.output[0], exported)
