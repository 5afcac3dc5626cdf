"""Search for sequences that a model surely predicts as wanted, under constraints; draw them."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch

from seq2score import tables
from seq2score.certainty import calibration
from seq2score.certainty.assess import with_certainty
from seq2score.certainty.certain import Certain, calibrate_ensemble, widened
from seq2score.design import feasibility, search
from seq2score.design.constraints import Constraints, letters
from seq2score.design.enzymes import site_of
from seq2score.design.objective import UNTRUSTED, Goal, goal_of
from seq2score.errors import InputError
from seq2score.figures import theme
from seq2score.figures.designs import Designs, draw
from seq2score.inference.prediction import Ensemble, load
from seq2score.inference.predictions import NOISE
from seq2score.models.devices import choose_device
from seq2score.models.network import one_hot
from seq2score.sequences import new
from seq2score.sequences.construct import Construct
from seq2score.sequences.encoding import decode, encode
from seq2score.sequences.hashing import sequence_hashes
from seq2score.task import task_of

STARTS = 4  # a design that is wanted, at least
FEWEST_STARTS = 32
UNJUDGED = "not judged: less sure than it says"
UNKNOWN = "more novel than all held-out rows: its interval is no promise"
FILES = (".csv", ".tsv", ".txt", ".parquet", ".fasta", ".fa", ".fna")


def constraints_of(asked: dict, length: int, flanks: dict, trained: np.ndarray) -> Constraints:
    """What a `design` section asks for, of sequences of this length; trained: codes.

    Raises InputError for a template or range that does not fit the length.
    """
    template = asked["template"] or "N" * length
    if len(template) != length:
        raise InputError(f"template: has {len(template)} letters; the model takes {length}")
    protected = np.zeros(length, bool)
    for first, last in asked["protect"]:
        if not 1 <= first <= last <= length:
            raise InputError(f"protect: [{first}, {last}] is no range of 1 to {length}")
        protected[first - 1 : last] = True
    construct = Construct.of(asked["flanks"] or flanks)
    window = asked["gc_window"]
    return Constraints(
        template=letters(template),
        left=construct.left,
        right=construct.right,
        protected=protected if protected.any() else None,
        edits=asked["edits"],
        gc=tuple(asked["gc"]) if asked["gc"] else None,
        window=(window["width"], *window["range"]) if window else None,
        avoid={word: letters(site_of(word)) for word in asked["avoid"]},
        max_homopolymer=asked["max_homopolymer"],
        max_repeat=asked["max_repeat"],
        from_training=asked["distance_from_training"],
        trained=trained,
    )


def starts_of(
    asked: dict, goal: Goal, model: Ensemble, table: pa.Table, random: np.random.Generator
) -> tuple[np.ndarray, list[str]]:
    """Codes of the sequences that the search begins with, and their ids.

    table: the dataset's sequences and scores.
    """
    start, wanted = asked["start"], max(FEWEST_STARTS, STARTS * asked["count"])
    length = model.record["input_length"]
    if start == "random":
        codes = random.integers(4, size=(wanted, length), dtype=np.uint8)
        return codes, [f"random{number}" for number in range(1, wanted + 1)]
    if start == "best":
        order = np.argsort(-_measured(goal, model.record, table), kind="stable")
        chosen = table.take(order[:wanted])
        ids, texts = chosen["id"].to_pylist(), chosen["sequence"]
    elif isinstance(start, list):
        missing = set(start) - set(table["id"].to_pylist())
        if missing:
            raise InputError(f"start: there is no sequence {sorted(missing)[0]!r} in the table")
        chosen = table.filter(pc.is_in(table["id"], pa.array(start)))
        ids, texts = chosen["id"].to_pylist(), chosen["sequence"]
    else:
        file = {"path": start, "sequence": "sequence", "id": None}
        rows = pa.Table.from_batches([*new.batches(file)])
        ids, texts = rows["id"].to_pylist(), rows["sequence"]
    codes, problems = model.read(pa.array(texts.to_pylist(), pa.string()))
    for name, problem in zip(ids, problems, strict=True):
        if problem:
            raise InputError(f"start: {name} {problem}")
    return codes, ids


def _measured(goal: Goal, record: dict, table: pa.Table) -> np.ndarray:
    """How good the measured scores are, float (n,); the worst where one is missing."""
    if record["classes"]:
        wanted = pc.equal(table["score"].cast(pa.string()), record["classes"][goal.place])
        return wanted.to_numpy().astype(float)
    scores = scores_in(table, record["outputs"])
    if goal.target is not None:
        return np.nan_to_num(-abs(scores[:, 0] - goal.target), nan=-np.inf)
    return np.nan_to_num(scores @ goal.weights, nan=-np.inf)


def slopes_of(model: Ensemble, goal: Goal) -> search.Slopes | None:
    """From codes to the slope of the goal at each letter; None for a model without slopes."""
    try:
        module = model.module.to(model.members[0].device)
    except InputError:
        return None
    weights = torch.tensor(goal.weights, dtype=torch.float32)

    def slopes(codes: np.ndarray) -> np.ndarray:
        device = model.members[0].device
        found = []
        for start in range(0, len(codes), 256):
            x = one_hot(torch.from_numpy(codes[start : start + 256]).to(device))
            x = x.detach().clone().requires_grad_()
            told = module(x)
            if goal.place is not None:
                total = told[:, goal.place].sum()
            elif goal.target is not None:
                total = -(told[:, 0] - goal.target).abs().sum()
            else:
                total = (told @ weights.to(device)).sum()
            (slope,) = torch.autograd.grad(total, x)
            found.append(slope.cpu().numpy())
        return np.concatenate(found)

    return slopes


def find(
    asked: dict,
    predict: Callable[[np.ndarray], Certain],
    goal: Goal,
    constraints: Constraints,
    starts: np.ndarray,
    slopes: search.Slopes | None,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, search.Search]:
    """The designs, the row of the start of each (-1: of none), and how the search went.

    Raises InputError for constraints that cannot be met, and where no design can be trusted.
    """
    bound = asked["edits"] is not None or constraints.protected is not None
    feasibility.refuse_impossible(constraints, starts if bound else None)
    filled = feasibility.fill(constraints, starts, random)
    begun, fits = feasibility.repair(constraints, filled, starts, random)
    if not fits.any():
        why = feasibility.worst(constraints, begun, starts)
        raise InputError(
            f"no sequence was found that meets all constraints, in {len(starts)} searches of "
            f"{feasibility.TRIES} rounds; the hardest one is {why}"
        )
    rows = np.flatnonzero(fits)
    begun = begun[rows]
    method = asked["method"]
    small = search.size(constraints) <= search.MOST_SEQUENCES and not bound
    if method == "auto":
        method = "exhaustive" if small else "gradient" if slopes else "evolutionary"
    if method == "exhaustive" and not small:
        raise InputError(
            f"method: exhaustive looks at {search.MOST_SEQUENCES} sequences at most, without "
            "limits of edits; fix more of the template, or leave the method out"
        )
    if method == "gradient" and slopes is None:
        raise InputError("method: gradient needs a model with slopes, which this one has not")
    run = search.Search(
        constraints,
        lambda codes: goal.fitness(predict(codes)),
        random,
        asked["count"],
        asked["distance"],
        slopes,
    )
    found = search.METHODS[method](run, begun, starts[rows])
    codes, origin, values = search.around_the_best(run, found, starts[rows])
    believed = values > -UNTRUSTED
    if not believed.any():
        raise InputError(
            f"trust: the search met no sequence of a novelty of {goal.trust:g} or less; "
            "start from the best of the table, or raise `trust`"
        )
    codes, origin, values = codes[believed], origin[believed], values[believed]
    chosen = search.apart(codes, values, asked["count"], asked["distance"])
    origin = np.where(origin[chosen] < 0, -1, rows[np.maximum(origin[chosen], 0)])
    logging.info("%s: %d sequences were predicted", method, run.looked_at)
    return codes[chosen], origin, run


def calibrations(
    paths: Sequence[str], tables: Sequence[str], rows: str | None
) -> list[calibration.Calibration]:
    """Of each seed, and of them together.

    paths: of each, and of the ensemble where all of a model's seeds are meant. tables: of only some
    of them, each one's predictions of the rows that intervals rest on; rows: these rows.
    """
    found = [calibration.load(path) for path in paths]
    if len(tables) < 2:
        return found
    told = [pq.read_table(path) for path in tables]
    hashes = sequence_hashes(encode(pq.read_table(rows, columns=["sequence"])["sequence"]))
    return [*found, calibrate_ensemble(told, hashes, found)]


def table_of(
    certain: Certain,
    codes: np.ndarray,
    origin: np.ndarray,
    starts: np.ndarray,
    ids: list[str],
    record: dict,
    judged: Certain | None,
    name: str,
) -> pa.Table:
    """The designs, best first. judged: what a model predicts that had no part in the search."""
    rows = len(codes)
    sequences = decode(codes)
    if record["alphabet"] == "rna":
        sequences = np.char.replace(sequences, "T", "U")
    quantities = task_of(record["classes"]).quantities(record["classes"] or record["outputs"])
    judge = {}
    for place, quantity in enumerate(quantities):
        column = "judge" + quantity.removeprefix("prediction").removeprefix("probability")
        judge[column] = (
            pa.nulls(rows, pa.float64()) if judged is None else judged.predicted[:, place]
        )
    edits = pa.array((codes != starts[origin]).sum(axis=1), mask=origin < 0)
    sure = certain if judged is None else widened(certain, judged)
    told = sure.columns(record["outputs"], record["classes"])
    aside = [name for name in told if name.endswith(("_scale", NOISE)) or name == "extrapolation"]
    last = {name: told.pop(name) for name in aside}
    return pa.table(
        {
            "id": [f"{name}_{number}" for number in range(1, rows + 1)],
            "sequence": sequences.astype(object),
            **told,
            **judge,
            "edits": edits,
            "gc": ((codes == 1) | (codes == 2)).mean(axis=1),
            "start_id": [ids[row] if row >= 0 else "" for row in origin],
            **last,
            "note": notes(certain, judged, rows),
        }
    )


def notes(certain: Certain, judged: Certain | None, rows: int) -> list[str]:
    """What to know of each design before it is ordered."""
    parts = [parted(certain, judged) if judged else [UNJUDGED] * rows]
    parts.append(np.where(certain.novelty >= 100, UNKNOWN, "").tolist())
    return ["; ".join(filter(None, told)) for told in zip(*parts, strict=True)]


def parted(certain: Certain, judged: Certain) -> list[str]:
    """Where the judge's prediction lies outside the interval of the model that searched."""
    if certain.lower is None:
        return [""] * len(certain.predicted)
    below = (judged.predicted < certain.lower).any(axis=1)
    above = (judged.predicted > certain.upper).any(axis=1)
    return [
        "the judge says less" if low else "the judge says more" if high else ""
        for low, high in zip(below, above, strict=True)
    ]


def shown(predicted: np.ndarray, goal: Goal) -> np.ndarray:
    """What a figure shows of predictions, float (n, outputs or classes): one number each."""
    if goal.place is not None:
        return predicted[:, goal.place]
    return predicted[:, 0] if predicted.shape[1] == 1 else predicted @ goal.weights


def scores_in(table: pa.Table, outputs: list[str]) -> np.ndarray:
    """Measured scores, float (n, outputs), NaN where one is missing."""
    return np.stack([table[name].to_numpy().astype(float) for name in outputs], axis=1)


def interval_of(certain: Certain) -> dict:
    """The ends of the intervals, where there is one score and so one of each."""
    if certain.lower is None or certain.lower.shape[1] > 1 or not np.isfinite(certain.lower).all():
        return {}
    return {"lower": certain.lower[:, 0], "upper": certain.upper[:, 0]}


def quantity_of(goal: Goal, record: dict, labels: dict[str, str]) -> str:
    """What the axis of the figure says. labels: what axes call each score."""
    if goal.place is not None:
        return f"Probability of {record['classes'][goal.place]}"
    if len(record["outputs"]) == 1:
        return labels[record["outputs"][0]]
    terms = zip(goal.weights, record["outputs"], strict=True)
    return " ".join(f"{weight:+g} {name}" for weight, name in terms if weight)


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)  # more can change the last bits
    source, output, params = snakemake.input, snakemake.output, snakemake.params
    asked, level = params.asked, params.level
    if source.start:  # the file itself, wherever it came from
        asked = asked | {"start": str(source.start)}
    device = choose_device(params.device)
    model, judge = (
        Ensemble([load(Path(path).parent, device) for path in paths]) if paths else None
        for paths in (source.weights, source.judges)
    )
    kept = "calibration"
    if source.get("calibration_rows") and not pq.read_metadata(source.calibration_rows).num_rows:
        kept = "validation"
    found, known = (
        calibrations(paths, source.get(f"{kept}_of_{role}", []), source.get(f"{kept}_rows"))
        for role, paths in [("search", source.certainty), ("judge", source.certainty_of_judges)]
    )
    record = model.record
    table = pq.read_table(source.sequences)
    trained = encode(pq.read_table(source.train, columns=["sequence"])["sequence"])
    random = np.random.default_rng(asked["seed"])
    try:
        goal = goal_of(asked["objective"], record, asked["pessimistic"], asked["trust"])
    except ValueError as error:
        raise InputError(f"design.{params.name}.{error}") from None
    flanks = record.get("flanks") or {}
    constraints = constraints_of(asked, record["input_length"], flanks, trained)
    starts, ids = starts_of(asked, goal, model, table, random)

    def predict(codes: np.ndarray) -> Certain:
        return with_certainty(model, found, codes, level)

    codes, origin, run = find(
        asked, predict, goal, constraints, starts, slopes_of(model, goal), random
    )
    certain = predict(codes)
    judged = None if judge is None else with_certainty(judge, known, codes, level)
    told = table_of(certain, codes, origin, starts, ids, record, judged, params.name)
    tables.write(told.to_pylist(), output.table)
    fasta = [f">{row['id']}\n{row['sequence']}\n" for row in told.to_pylist()]
    Path(output.fasta).write_text("".join(fasta), encoding="utf-8")
    tables.write(run.progress, output.progress)
    if len(told) < asked["count"]:
        job.tell(
            "%d designs of %d: of %d sequences that were predicted, no more that are allowed and "
            "trusted (`trust`) differ in %d positions (`distance`)",
            *(len(told), asked["count"], run.looked_at, asked["distance"]),
        )
    if judge is None:
        job.tell(
            "no second model judges these designs: they are less sure than their intervals say"
        )
    elif contradicted := sum(map(bool, parted(certain, judged))):
        job.tell("the judge %s contradicts %d of %d designs", params.judge, contradicted, len(told))
    if unknown := (certain.novelty >= 100).sum():
        job.tell(
            "%d of %d designs are more novel than all held-out rows: "
            "their intervals are no promise",
            *(unknown, len(told)),
        )
    drawn = Designs(
        designs=shown(certain.predicted, goal),
        starts=shown(predict(starts).predicted, goal),
        measured=None if record["classes"] else shown(scores_in(table, record["outputs"]), goal),
        codes=codes,
        progress=run.progress,
        quantity=quantity_of(goal, record, params.labels),
        **interval_of(certain if judged is None else widened(certain, judged)),
        judged=None if judged is None else shown(judged.predicted, goal),
        judge=params.judge or "",
        alphabet=record["alphabet"],
    )
    theme.save(draw(drawn), output.figure)
