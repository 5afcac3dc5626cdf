"""Designs beside a planted truth, and the time that they take.

python benchmarks/design.py truth [--sets 2] [--rows 6000] [--models network kernel] [--count 20]
python benchmarks/design.py beyond [--sets 0 1 ... 9] [--rows 3000] [--count 10]
python benchmarks/design.py landscape data/mpsa.csv.gz [--rows 4000] [--count 20]
python benchmarks/design.py speed [--count 20] [--length 150]

`truth`: for each set of random sequences whose rule is planted (120 nt; motifs with positions, an
interaction; noise of 0.3), the workflow trains two models, each of which judges the other one's
designs, and designs of the network alone are judged by the seed that had no part in the search.
How many intervals hold the true score, of the model alone and with its judge? Beside them: hill
climbing without bounds, the best of the table, and random sequences that are allowed.
`beyond`: ten planted rules of 60 nt, in which motifs count once (4 sets), saturate (3) or add up
without end (3), and random and measured sequences to start from. A network that counts motifs and a
kernel judge each other's designs, and a second seed the network's. How many intervals hold the true
score? What do designs truly reach, beside the best of the table? Without the workflow: two minutes
of processor time a set.
`landscape`: of a nearly complete measured landscape (examples/fetch.py: splice sites of 9 nt), a
few thousand rows are given, and designs that are none of these looked up among all.
`speed`: one small cnn with random weights, one thread; seconds of processor time for 1,000 designs,
in proportion from fewer, beside a plain loop that tries every single change, and ledidi if it is
installed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import process_time

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
import yaml
from pyarrow import csv

from seq2score import tables
from seq2score.certainty.assess import (
    CalibratedModel,
    calibrate_model,
    load_calibrated,
    with_certainty,
)
from seq2score.design import feasibility
from seq2score.design.constraints import Constraints
from seq2score.design.designs import Designs, Library, design, search_designs
from seq2score.design.gradients import goal_gradients
from seq2score.design.objective import goal_of
from seq2score.design.standing import Standing
from seq2score.inference.prediction import Ensemble, Predictor
from seq2score.models import build
from seq2score.models.network import one_hot
from seq2score.sequences.encoding import encode, strings
from seq2score.settings.resolve import resolve
from seq2score.training.train import train

ROOT = Path(__file__).parents[1]
LENGTH, NOISE = 120, 0.3
MOTIFS = {"TGACTCA": 1.6, "GGGCGG": 1.0, "CCAAT": 0.8, "TTATCA": -1.4}
MODELS = {
    "network": {
        **{"architecture": "cnn", "filters": 64, "kernel_size": 7, "hidden": 64, "dropout": 0.2},
        "training": {
            **{"optimizer": "adamw", "learning_rate": 0.003, "schedule": "one_cycle", "epochs": 20}
        },
    },
    "kernel": {"architecture": "kernel"},
    "linear": {"architecture": "linear"},
}
RULES = ["presence"] * 4 + ["saturation"] * 3 + ["additive"] * 3
QUICK = {
    "counts": {  # activations are averaged over halves of the sequence, so that motifs add up
        **{"architecture": "resnet", "filters": 32, "kernel_size": 8, "blocks": 0, "bins": 2},
        "hidden": 32,
        "training": {
            **{"optimizer": "adamw", "learning_rate": 0.01, "schedule": "one_cycle"},
            **{"epochs": 25, "batch_size": 64},
        },
    },
    "kernel": {"architecture": "kernel", "strands": "one", "gaps": 0, "landmarks": 600},
}
GOOD, POOR = ({"r2": r2, "validation": {"r2": r2}} for r2 in (1.0, 0.0))
SEARCHES = {
    "best": {"start": "best"},
    "random": {"start": "random", "trust": 95},
    "climb": {"start": "random", "trust": 100, "pessimistic": False},
}
SEEDS = {"seeds": {"start": "best"}}  # of the network without the other model
SITES = {"template": "NNNGYNNNN", "distance_from_training": 1}  # all that was measured is such
LOOKED_UP = {"sure": SITES, "predicted": SITES | {"pessimistic": False, "trust": 100}}
LIMITS = {"gc": [0.4, 0.6], "avoid": ["EcoRI", "BsaI", "BamHI"], "max_homopolymer": 5}
LIMITS |= {"max_repeat": 11, "distance": 10}
RECORD = {
    **{"architecture": "cnn", "length": "equal", "alphabet": "dna", "outputs": ["score"]},
    **{"classes": None, "target_scaling": None, "score_transform": "none", "loss": "mse"},
    **{"reverse_complement": "none", "flanks": None, "seed": 1},
}
STEPS = 1_000  # of ledidi, its default


def true_scores(codes: np.ndarray) -> np.ndarray:
    """The planted rule: float (n,), of codes, uint8 (n, LENGTH)."""
    score, hits = np.zeros(len(codes)), {}
    for motif, effect in MOTIFS.items():
        word = encode([motif])[0]
        windows = np.lib.stride_tricks.sliding_window_view(codes, len(word), axis=1)
        wrong = (windows != word).sum(axis=2)
        hits[motif] = np.select([wrong == 0, wrong == 1], [1.0, 0.25])
        places = np.arange(hits[motif].shape[1]) / hits[motif].shape[1]
        weight = np.exp(-0.5 * ((places - 0.65) / 0.28) ** 2)
        score += effect * np.minimum((hits[motif] * weight).sum(axis=1), 2)
    both = (hits["TGACTCA"] == 1).any(axis=1) & (hits["GGGCGG"] == 1).any(axis=1)
    gc = ((codes == 1) | (codes == 2)).mean(axis=1) - 0.5
    return score + 1.2 * both + 1.5 * gc - 6 * gc**2


def planted(rows: int, random: np.random.Generator) -> np.ndarray:
    """Random sequences, each motif planted in half of them: uint8 (rows, LENGTH)."""
    codes = random.integers(4, size=(rows, LENGTH), dtype=np.uint8)
    for motif in MOTIFS:
        word = encode([motif])[0]
        for row in np.flatnonzero(random.random(rows) < 0.5):
            at = random.integers(LENGTH - len(word) + 1)
            codes[row, at : at + len(word)] = word
    return codes


def truth(folder: Path, sets: int, models: list[str], rows: int, count: int, cores: int) -> None:
    config = {"datasets": {}, "seeds": [1, 2, 3], "results": "results"}
    config["models"] = {name: MODELS[name] for name in models}
    config["design"] = {k: LIMITS | {"count": count} | v for k, v in SEARCHES.items()}
    truths = {"best of the table": [], "random": []}
    for number in range(1, sets + 1):
        random = np.random.default_rng(number)
        codes = planted(rows, random)
        exact = true_scores(codes)
        score = exact + random.normal(size=rows) * NOISE
        pq.write_table(
            pa.table({"sequence": strings(codes), "score": score}), folder / f"{number}.parquet"
        )
        config["datasets"][f"set{number}"] = {"table": {"path": f"{number}.parquet"}}
        truths["best of the table"].append(exact[np.argsort(-score)[:count]])
        truths["random"].append(true_scores(allowed(count, random)))
    for columns in truths.values():
        columns.append(np.concatenate(columns))
    sets = list(config["datasets"])
    run(folder, config, cores)
    alone = {"network": MODELS["network"]}
    limits = {k: LIMITS | {"count": count} | v for k, v in SEEDS.items()}
    run(folder, config | {"models": alone, "design": limits}, cores)
    for name, columns in truths.items():
        print(f"{name}: true score {columns[-1].mean():.2f}")
    print("search\tmodel\tdesigns\ttruth\tprediction\tjudge\tof the model\twidth", end="")
    print("\twith the judge\twidth")
    for search in [*SEARCHES, *SEEDS]:
        for model in models if search in SEARCHES else alone:
            columns = [_results(folder, d, model, search) for d in sets]
            print(search, model, *_line(np.hstack(columns)), sep="\t")


def allowed(count: int, random: np.random.Generator) -> np.ndarray:
    """Random sequences within the limits of the designs: uint8 (count, LENGTH)."""
    request = resolved({"d": LIMITS})["d"]
    limits = Constraints.of(request, LENGTH, {}, np.empty((0, LENGTH), np.uint8))
    codes = random.integers(4, size=(2 * count, LENGTH), dtype=np.uint8)
    codes, fits = feasibility.repair(limits, codes, codes, random)
    return codes[fits][:count]


def resolved(design: dict) -> dict:
    """Sections of designs with their defaults."""
    section = {"design": design, "datasets": {"a": {"synthetic": {}}}}
    designs = resolve(section).questions["design"]
    return {name: design.plain() for name, design in designs.items()}


def run(folder: Path, config: dict, cores: int) -> None:
    """All designs that a config asks for, by the workflow."""
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    expected = [
        f"results/{dataset}/{model}/design/{name}.tsv"
        for dataset in config["datasets"]
        for model in config["models"]
        for name in config["design"]
    ]
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    command += ["--cores", str(cores), "--configfile", "config.yaml"]
    command += ["--rerun-triggers", "mtime", "--quiet", "all", "--", *expected]
    subprocess.run(command, cwd=folder, check=True)


def _results(folder: Path, dataset: str, model: str, search: str) -> np.ndarray:
    """Truth, prediction, judge, and the ends of both intervals of designs, float (7, n).

    The searching model's own interval is not known where only some of its seeds searched.
    """
    results = folder / "results" / dataset / model
    table = tables.read_rows(results / "design" / f"{search}.tsv")
    codes = encode([row["sequence"] for row in table])
    names = ["prediction", "judge", "prediction_lower", "prediction_upper"]
    predicted, judge, lower, upper = np.array([[float(row[k]) for k in names] for row in table]).T
    ends = [np.full(len(codes), np.nan)] * 2
    if search in SEARCHES:
        alone = with_certainty(*load_calibrated(results), codes, 0.9)
        ends = [alone.lower[:, 0], alone.upper[:, 0]]
    return np.stack([true_scores(codes), predicted, judge, *ends, lower, upper])


def _line(message: np.ndarray) -> list[str]:
    exact, predicted, judge, *ends = message
    line = [str(len(exact)), *(f"{x.mean():.2f}" for x in (exact, predicted, judge))]
    for lower, upper in (ends[:2], ends[2:]):
        inside = ((lower <= exact) & (exact <= upper)).sum()
        known = np.isfinite(lower).all()
        line += [str(inside), f"{(upper - lower).mean():.2f}"] if known else ["-", "-"]
    return line


def beyond(sets: list[int], rows: int, count: int) -> list[dict]:
    """Designs for planted rules: a row a set, model, judge and start."""
    torch.set_num_threads(1)
    lines = []
    for number in sets:
        rule, parts = Rule.of(number), planted_parts(Rule.of(number), rows, number)
        scores = parts["all"]["score"].to_numpy()
        best = rule.scores(encode(parts["all"]["sequence"]))[np.argsort(-scores)[:count]]
        for (model, judge), searched in made_beyond(parts, count).items():
            for start, designs in searched.items():
                exact, sure = rule.scores(designs.encoded), designs.sure
                held = (sure.lower[:, 0] <= exact) & (exact <= sure.upper[:, 0])
                line = {
                    **{"set": number, "rule": rule.kind, "model": model, "judge": judge},
                    **{"start": start, "designs": len(exact), "truth": exact.mean()},
                    "best of the table": best.mean(),
                    "prediction": designs.certain.predicted.mean(),
                    "judge's": designs.judged.predicted.mean(),
                    **{"held": int(held.sum()), "width": (sure.upper - sure.lower).mean()},
                }
                if not lines:
                    print(*line, sep="\t")
                shown = (f"{x:.2f}" if isinstance(x, float) else x for x in line.values())
                print(*shown, sep="\t", flush=True)
                lines.append(line)
    return lines


@dataclass(frozen=True)
class Rule:
    """A planted rule. kind: what several motifs come to. motifs, effects: theirs. letters: (4,)."""

    kind: str
    motifs: list[str]
    effects: np.ndarray
    letters: np.ndarray

    @classmethod
    def of(cls, number: int) -> "Rule":
        """The rule of a set."""
        random = np.random.default_rng(100 + number)
        lengths = 6 + random.integers(2, size=3 + number % 2)
        motifs = ["".join(random.choice(list("ACGT"), length)) for length in lengths]
        effects = random.uniform(1, 2.5, len(motifs))
        return cls(RULES[number], motifs, effects, random.normal(size=4) * 0.05)

    def scores(self, codes: np.ndarray) -> np.ndarray:
        """True scores, float (n,), of codes, uint8 (n, length)."""
        total = np.zeros(len(codes))
        for motif, effect in zip(self.motifs, self.effects, strict=True):
            word = encode([motif])[0]
            windows = np.lib.stride_tricks.sliding_window_view(codes, len(word), axis=1)
            wrong = (windows != word).sum(axis=2)
            count = (wrong == 0).sum(axis=1).astype(float)
            if self.kind == "presence":
                count = np.where(count > 0, 1, 0.25 * (wrong == 1).any(axis=1))
            total += effect * count
        if self.kind == "saturation":
            most = 0.6 * self.effects.sum()
            total = most * (1 - np.exp(-2 * total / most))
        return total + self.letters[codes].sum(axis=1)


def planted_parts(rule: Rule, rows: int, seed: int) -> dict[str, pa.Table]:
    """A table with noise of NOISE, each motif planted in two of five rows, and its parts."""
    random = np.random.default_rng(seed)
    codes = random.integers(4, size=(rows, 60), dtype=np.uint8)
    for motif in rule.motifs:
        for row in np.flatnonzero(random.random(rows) < 0.4):
            at = random.integers(60 - len(motif) + 1)
            codes[row, at : at + len(motif)] = encode([motif])[0]
    score = rule.scores(codes) + random.normal(size=rows) * NOISE
    ids = [f"s{row}" for row in range(rows)]
    table = pa.table({"id": ids, "sequence": strings(codes), "score": score})
    first, second = int(0.64 * rows), int(0.8 * rows)
    validation = table.slice(first, second - first)
    return {"all": table, "train": table.slice(0, first), "validation": validation}


def made_beyond(parts: dict[str, pa.Table], count: int) -> dict[tuple, dict[str, Designs]]:
    """Designs by each start, by model and judge."""
    learned = {
        (name, seed): learn(name, seed, parts)
        for name, seed in [("counts", 1), ("counts", 2), ("kernel", 1)]
    }
    trained, made = encode(parts["train"]["sequence"]), {}
    library = Library(parts["all"], trained, parts=(parts["train"], parts["validation"]))
    requests = resolved({start: {"start": start, "count": count} for start in ("best", "random")})
    for model, judge in [("counts", "kernel"), ("kernel", "counts"), ("counts", "seed")]:
        alike = judge == "seed"
        other = learned["counts", 2] if alike else learned[judge, 1]
        made[model, judge] = {
            start: design(start, request, learned[model, 1], other, library,
                          Standing(GOOD, {"mean": POOR}, {}, parts["validation"], alike))
            for start, request in requests.items()
        }  # fmt: skip
    return made


def learn(name: str, seed: int, parts: dict[str, pa.Table]) -> CalibratedModel:
    """A trained and calibrated model."""
    config = {"datasets": {"d": {"table": {"path": "d.tsv"}}}, "models": {name: QUICK[name]}}
    settings = resolve(config).for_train("d", name, str(seed))
    with tempfile.TemporaryDirectory() as folder:
        files = {part: Path(folder) / f"{part}.parquet" for part in ("train", "validation")}
        for part, path in files.items():
            pq.write_table(parts[part], path)
        result = train(files, settings, seed, torch.device("cpu"))
    model = Predictor(result.model.eval(), result.record)
    scores = parts["train"]["score"].to_numpy()
    ends = np.array([[scores.min()], [scores.max()]])
    near = parts["train"].slice(0, 2048)
    calibration = calibrate_model(model, near, parts["validation"], ends, "validation set")
    return CalibratedModel(Ensemble([model]), [calibration], 0.9)


def landscape(folder: Path, source: Path, rows: int, count: int, cores: int) -> None:
    """Percentiles of the measured values of designs, of those that were measured."""
    table = csv.read_csv(source).select(["x", "y"])
    chosen = np.random.default_rng(1).permutation(len(table))[:rows]
    pq.write_table(table.take(chosen), folder / "few.parquet")
    request = {"path": "few.parquet", "sequence": "x", "score": "y", "alphabet": "rna"}
    config = {"datasets": {"few": {"table": request}}, "seeds": [1, 2, 3]}
    config["models"] = {"network": MODELS["network"] | {"kernel_size": 3}}
    config["models"]["kernel"] = MODELS["kernel"]
    config["design"] = {name: single | {"count": count} for name, single in LOOKED_UP.items()}
    run(folder, config | {"results": "results"}, cores)
    measured = dict(zip(table["x"].to_pylist(), table["y"].to_pylist(), strict=True))
    ranked = np.sort([*measured.values()])
    learnt = set(table["x"].take(chosen).to_pylist())
    print(f"{len(measured)} of 32768 measured; highest {ranked[-1]:.2f}, median", end=" ")
    print(f"{np.median(ranked):.2f}; highest of those learnt from", end=" ")
    print(f"{max(measured[x] for x in learnt):.2f}")
    print(
        "search\tmodel\tdesigns\tnot among those rows\tmeasured\tmean\tpercentile: median\tlowest",
        end="",
    )
    print("\tin the best hundredth\tintervals that hold")
    for search in LOOKED_UP:
        for model in config["models"]:
            message = tables.read_rows(folder / f"results/few/{model}/design/{search}.tsv")
            new = [row for row in message if row["sequence"] not in learnt]
            known = [row for row in new if row["sequence"] in measured]
            value = np.array([measured[row["sequence"]] for row in known])
            ends = np.array(
                [[float(row[f"prediction_{e}"]) for e in ("lower", "upper")] for row in known]
            ).T
            position = 100 * np.searchsorted(ranked, value) / len(ranked)
            inside = ((ends[0] <= value) & (value <= ends[1])).sum()
            line = [
                len(message),
                len(new),
                len(known),
                f"{value.mean():.2f}",
                f"{np.median(position):.1f}",
            ]
            line += [f"{position.min():.1f}", (position >= 99).sum(), inside]
            print(search, model, *line, sep="\t")


def speed(count: int, length: int) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    random = np.random.default_rng(1)
    network = build("cnn", {"filters": 32, "kernel_size": 7}, length, 1).eval()
    model = Ensemble([Predictor(network, RECORD | {"input_length": length})])
    codes = random.integers(4, size=(3_000, length), dtype=np.uint8)
    held_out = codes[2_000:]
    score = model.predict(held_out) + random.normal(size=len(held_out)) * 0.1
    tables = [pa.table({"sequence": strings(codes[:2_000])})]
    tables.append(pa.table({"sequence": strings(held_out), "score": score}))
    calibrations = [calibrate_model(model, *tables, np.array([[-9.0], [9.0]]), "validation set")]
    starts = random.integers(4, size=(count, length), dtype=np.uint8)
    ways = {
        "plain loop": loop,
        "seq2score, by prediction alone": ours,
        "seq2score": surely,
        "ledidi": ledidi,
    }
    print(f"random: mean prediction {model.predict(starts).mean():.3f}")
    for name, way in ways.items():
        started = process_time()
        designs = way(model, calibrations, network, starts)
        if designs is None:
            print(f"{name}: not installed")
            continue
        seconds = (process_time() - started) * 1_000 / len(designs)
        reached = model.predict(designs).mean()
        print(f"{name}: {seconds:.0f} s for 1,000; mean prediction {reached:.3f}")


@torch.inference_mode()
def loop(model, results, network, starts: np.ndarray, few: int = 5) -> np.ndarray:
    """One sequence after another: every single change is predicted, the best one taken."""
    designs = starts[:few].copy()
    position, letter = (x.ravel() for x in np.indices((starts.shape[1], 4)))
    for row, codes in enumerate(designs):
        best = -np.inf
        while True:
            tried = np.repeat(codes[None], len(position), axis=0)
            tried[np.arange(len(position)), position] = letter
            result = np.array([network(one_hot(torch.from_numpy(x[None]))).item() for x in tried])
            if result.max() <= best:
                break
            best, codes = result.max(), tried[result.argmax()]
        designs[row] = codes
    return designs


def surely(model, results, network, starts: np.ndarray, pessimistic: bool = True) -> np.ndarray:
    """As the workflow does without a word, from as many random starts a design."""
    request = resolved({"fast": {"count": len(starts), "pessimistic": pessimistic}})["fast"]
    random = np.random.default_rng(request["seed"])
    trust = request["trust"] if pessimistic else 100
    goal = goal_of(request["objective"], model.record, pessimistic, trust)
    limits = Constraints.of(request, starts.shape[1], {}, starts[:0])
    begun = random.integers(4, size=(4 * len(starts), starts.shape[1]), dtype=np.uint8)

    def predict(codes: np.ndarray):
        return with_certainty(model, results, codes, 0.9)

    slopes = goal_gradients(model, goal)
    return search_designs(request, predict, goal, limits, begun, slopes, random)[0]


def ours(model, results, network, starts: np.ndarray) -> np.ndarray:
    return surely(model, results, network, starts, pessimistic=False)


def ledidi(model, results, network, starts: np.ndarray, few: int = 2) -> np.ndarray | None:
    """Each start towards what no prediction reaches; the best of the samples at the end."""
    try:
        from ledidi import ledidi as edit
    except ImportError:
        return None
    designs = []
    for start in one_hot(torch.from_numpy(starts[:few])):
        expected = torch.full((1, 1), 10.0)
        tried = edit(
            network,
            start[None],
            expected,
            device="cpu",
            random_state=1,
            max_iter=STEPS,
            verbose=False,
        )
        codes = tried.detach().argmax(dim=1).numpy().astype(np.uint8)
        designs.append(codes[model.predict(codes).argmax()])
    return np.stack(designs)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ways = arguments.add_subparsers(dest="way", required=True)
    of = ways.add_parser("truth")
    of.add_argument("--sets", type=int, default=2)
    of.add_argument("--models", nargs=2, choices=MODELS, default=["network", "kernel"])
    of.add_argument("--rows", type=int, default=6_000)
    of.add_argument("--count", type=int, default=20)
    of.add_argument("--cores", type=int, default=1)
    of.add_argument("--folder", type=Path, help="keep the results here")
    of = ways.add_parser("beyond")
    of.add_argument("--sets", type=int, nargs="+", choices=range(10), default=[*range(10)])
    of.add_argument("--rows", type=int, default=3_000)
    of.add_argument("--count", type=int, default=10)
    of = ways.add_parser("landscape")
    of.add_argument("source", type=Path)
    of.add_argument("--rows", type=int, default=4_000)
    of.add_argument("--count", type=int, default=20)
    of.add_argument("--cores", type=int, default=1)
    of.add_argument("--folder", type=Path, help="keep the results here")
    of = ways.add_parser("speed")
    of.add_argument("--count", type=int, default=20)
    of.add_argument("--length", type=int, default=150)
    given = arguments.parse_args()
    if given.way == "speed":
        speed(given.count, given.length)
        return
    if given.way == "beyond":
        lines = beyond(given.sets, given.rows, given.count)
        for judge in ("another model", "a seed"):
            of_judge = [x for x in lines if (x["judge"] == "seed") == (judge == "a seed")]
            held, designs = (sum(x[key] for x in of_judge) for key in ("held", "designs"))
            print(f"judged by {judge}: {held} of {designs} intervals hold the true score")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = given.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        folder, metadata = folder.resolve(), (given.rows, given.count, given.cores)
        if given.way == "landscape":
            landscape(folder, given.source, *metadata)
        else:
            truth(folder, given.sets, given.models, *metadata)


if __name__ == "__main__":
    main()
