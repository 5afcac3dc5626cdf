"""Which method tells an architecture's motifs best, and what each costs.

python benchmarks/attributions.py [--length 8 30] [--architectures linear cnn ...] [--time 2000]

Sequences hold the built-in task's two motifs; each architecture is trained on 12,000 of them, and
every method explains 200 others that hold exactly one motif. AUROC: the chance that a position of a
motif contributes more, in size, than another. `rule`: of the rule itself, written as a module.
--time: also seconds for so many sequences of 200 nt, beside tangermeme used directly and a plain
loop over mutants, all on the same untrained network in one thread.
"""

import argparse
import os
import sys
import time
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np
import torch
from torch import nn

from seq2score.attributions.methods import METHODS, Differentiable, explain
from seq2score.evaluation.metrics import auroc
from seq2score.models import build
from seq2score.motifs.mutagenesis import motif_positions
from seq2score.sequences import synthetic
from seq2score.sequences.encoding import encode, one_hot
from seq2score.settings.resolve import resolve
from seq2score.training.batches import Block, Resident, Sets
from seq2score.training.loop import Training
from seq2score.training.scaling import Scaling

TASK = {
    "letter_scores": {"A": 20, "C": 17, "G": 14, "T": 11},
    "motif_effects": {"TAT": 10, "GCG": -10},
    "motif_counting": "presence",
}
OPTIONS = {
    "cnn": {"hidden": 64},
    "cnn2d": {"hidden": 64},
    "resnet": {"filters": 32},
    "bilstm": {"filters": 32},
    "transformer": {"filters": 32},
}
TRAINED, EXPLAINED, REFERENCES = 12_000, 200, 20


class Rule(nn.Module):
    """The rule as a module: a motif is held where its three letters all stand."""

    def __init__(self):
        super().__init__()
        self.scan = nn.Conv1d(4, 2, 3, bias=False)
        words = torch.from_numpy(encode([*TASK["motif_effects"]])).long()
        self.scan.weight.data = torch.eye(4)[words].transpose(1, 2)

    def forward(self, x):
        places = x.shape[2] - 2
        held = nn.functional.max_pool1d(torch.relu(self.scan(x) - 2), places).squeeze(2)
        letters = torch.tensor([*TASK["letter_scores"].values()]).to(x)[:, None]
        score = (x * letters).sum((1, 2)) / x.shape[2]
        return (score + held @ torch.tensor([*TASK["motif_effects"].values()]).to(x))[:, None]


def trained(architecture: str, length: int) -> nn.Module:
    """A network fitted to random sequences, its outputs standardized."""
    config = {
        "datasets": {"any": {"table": {"path": "any.csv"}}},
        "models": {"m": {"preset": "kmers"}},
    }
    settings = resolve(config).models["m"].training.plain() | {"epochs": 15}
    settings |= {"learning_rate": 0.005, "gradient_clip": 1}
    codes = np.random.default_rng(1).integers(0, 4, (TRAINED, length), dtype=np.uint8)
    scores = synthetic.scores(codes, TASK)[:, None]
    scaled = torch.from_numpy(Scaling.fit(scores, ["score"]).scale(scores)).float()
    part = TRAINED // 10
    sets = [
        Resident(Block(torch.from_numpy(codes[rows]), scaled[rows], None))
        for rows in (slice(part, None), slice(part))
    ]
    torch.manual_seed(1)
    network = build(architecture, OPTIONS.get(architecture, {}), length, 1)
    Training(network, Sets(*sets), {**settings, "loss": "mse"}, 1).run()
    return network.eval()


def quality(network: nn.Module, length: int) -> dict[str, float]:
    """AUROC of each method that the network can have."""
    codes = np.random.default_rng(2).integers(0, 4, (20 * EXPLAINED, length), dtype=np.uint8)
    inside, number = motif_positions(codes, list(TASK["motif_effects"]))
    codes, inside = (of[number == 1][:EXPLAINED] for of in (codes, inside))
    areas = {}
    for method in METHODS:
        try:
            of = explain(method, Differentiable(network), codes, REFERENCES, 17)
        except ValueError:
            continue
        areas[method] = auroc(inside.ravel(), np.abs(of.contributions(codes)).ravel())
    return areas


def seconds(sequences: int) -> dict[str, float]:
    """What each way takes for sequences of 200 nt."""
    codes = np.random.default_rng(3).integers(0, 4, (sequences, 200), dtype=np.uint8)
    torch.manual_seed(1)
    network = build("cnn", {"filters": 32, "kernel_size": 9, "hidden": 32}, 200, 1).eval()
    spent = {}
    for method in METHODS:
        started = time.process_time()
        explain(method, Differentiable(network), codes, REFERENCES, 17)
        spent[method] = time.process_time() - started
    letters = torch.from_numpy(one_hot(codes)).double()
    try:
        from tangermeme.deep_lift_shap import deep_lift_shap
        from tangermeme.saturation_mutagenesis import saturation_mutagenesis

        started = time.process_time()
        deep_lift_shap(network, letters, n_shuffles=REFERENCES, device="cpu", random_state=0)
        spent["tangermeme deep_lift_shap"] = time.process_time() - started
        started = time.process_time()
        saturation_mutagenesis(network, letters, device="cpu")
        spent["tangermeme saturation_mutagenesis"] = time.process_time() - started
    except ImportError:
        print("tangermeme is not installed: not timed")
    started, few = time.process_time(), max(1, sequences // 50)
    with torch.inference_mode():
        for sequence in letters[:few]:
            for position in range(200):
                for letter in range(4):
                    mutant = sequence.clone()
                    mutant[:, position] = 0
                    mutant[letter, position] = 1
                    network(mutant[None])
    spent["mutagenesis, a plain loop"] = (time.process_time() - started) * sequences / few
    return spent


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--length", type=int, nargs="*", default=[8, 30])
    names = ["linear", *OPTIONS]
    arguments.add_argument("--architectures", nargs="*", default=names, choices=names)
    arguments.add_argument("--time", type=int, default=0, help="sequences of 200 nt to time")
    arguments = arguments.parse_args()
    torch.set_num_threads(1)
    for length in arguments.length:
        for name in ["rule", *arguments.architectures]:
            network = Rule() if name == "rule" else trained(name, length)
            message = ", ".join(f"{m} {area:.3f}" for m, area in quality(network, length).items())
            print(f"{length} nt, {name}: {message}", flush=True)
    if arguments.time:
        for way, spent in seconds(arguments.time).items():
            print(f"{arguments.time} x 200 nt, {way}: {spent:.1f} s", flush=True)


if __name__ == "__main__":
    main()
