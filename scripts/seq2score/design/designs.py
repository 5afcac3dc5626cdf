"""From a `design` section and a trained model to designs, and what is known of each."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from seq2score.certainty.assess import CalibratedModel
from seq2score.certainty.certain import Certain, widened
from seq2score.design import feasibility, search
from seq2score.design.constraints import Constraints
from seq2score.design.gradients import goal_gradients
from seq2score.design.objective import UNTRUSTED, Goal, goal_of
from seq2score.design.search import Gradients, Search
from seq2score.design.starts import choose_starts
from seq2score.errors import InputError
from seq2score.inference.predictions import NOISE
from seq2score.sequences.encoding import decode
from seq2score.task import task_of

UNJUDGED = "not judged: less sure than it says"
UNKNOWN = "more novel than all held-out rows: its interval is no promise"


@dataclass(frozen=True)
class Designs:
    """What a search came to, best first.

    encoded: uint8 (n, length). origin: int (n,), which start each was made from, -1 for none.
    starts: uint8 (m, length), and start_ids, theirs. certain: what the model predicts of the
    designs; judged: what a model does that had no part in the search, or None. started: what the
    model predicts of the starts.
    """

    name: str
    request: Mapping
    record: Mapping
    goal: Goal
    search: Search
    encoded: np.ndarray
    origin: np.ndarray
    starts: np.ndarray
    start_ids: list[str]
    certain: Certain
    judged: Certain | None
    started: Certain

    @property
    def table(self) -> pa.Table:
        """A row a design, with the columns of its result file."""
        return design_table(
            self.certain,
            self.encoded,
            self.origin,
            self.starts,
            self.start_ids,
            self.record,
            self.judged,
            self.name,
        )

    def write_fasta(self, path: str | Path) -> None:
        """Write the designs as FASTA."""
        rows = (f">{row['id']}\n{row['sequence']}\n" for row in self.table.to_pylist())
        Path(path).write_text("".join(rows), encoding="utf-8")

    def messages(self, judge: str | None) -> Iterator[str]:
        """What to know of the designs before they are ordered. judge: the model that judged."""
        count, number = len(self.encoded), self.request["count"]
        if count < number:
            yield (
                f"{count} designs of {number}: of {self.search.looked_at} sequences that were "
                "predicted, no more that are allowed and trusted (`trust`) differ in "
                f"{self.request['distance']} positions (`distance`)"
            )
        if self.judged is None:
            yield (
                "no second model judges these designs: they are less sure than their intervals say"
            )
        elif contradicted := sum(map(bool, contradictions(self.certain, self.judged))):
            yield f"the judge {judge} contradicts {contradicted} of {count} designs"
        if unknown := (self.certain.novelty >= 100).sum():
            yield (
                f"{unknown} of {count} designs are more novel than all held-out rows: "
                "their intervals are no promise"
            )


def design(
    name: str,
    request: Mapping,
    model: CalibratedModel,
    judge: CalibratedModel | None,
    table: pa.Table,
    trained: np.ndarray,
) -> Designs:
    """Search for sequences that a model surely predicts to be good.

    Parameters
    ----------
    name : of the request; designs are numbered under it
    request : a `design` section of the config, complete
    judge : a model that has no part in the search, to predict its designs too
    table : the dataset's sequences and scores
    trained : uint8 (m, length), codes of the training sequences

    Raises
    ------
    InputError
        For a request that the model cannot answer, constraints that cannot be met, and where no
        design can be trusted.
    """
    record, random = model.model.record, np.random.default_rng(request["seed"])
    try:
        goal = goal_of(request["objective"], record, request["pessimistic"], request["trust"])
    except ValueError as error:
        raise InputError(f"design.{name}.{error}") from None
    flanks = record.get("flanks") or {}
    constraints = Constraints.of(request, record["input_length"], flanks, trained)
    starts, ids = choose_starts(request, goal, model.model, table, random)
    gradients = goal_gradients(model.model, goal)
    encoded, origin, run = search_designs(
        request, model.predict, goal, constraints, starts, gradients, random
    )
    return Designs(
        name=name,
        request=request,
        record=record,
        goal=goal,
        search=run,
        encoded=encoded,
        origin=origin,
        starts=starts,
        start_ids=ids,
        certain=model.predict(encoded),
        judged=judge.predict(encoded) if judge else None,
        started=model.predict(starts),
    )


class Chosen(NamedTuple):
    """Designs, uint8 (n, length), the row of the start of each (-1: of none), and the search."""

    encoded: np.ndarray
    origin: np.ndarray
    search: Search


def search_designs(
    request: Mapping,
    predict: Callable[[np.ndarray], Certain],
    goal: Goal,
    constraints: Constraints,
    starts: np.ndarray,
    gradients: Gradients | None,
    random: np.random.Generator,
) -> Chosen:
    """Search from these starts, uint8 (n, length), and choose designs that lie apart.

    Raises InputError for constraints that cannot be met, and where no design can be trusted.
    """
    bound = request["edits"] is not None or constraints.protected is not None
    begun, rows = _allowed_starts(constraints, starts, bound, random)
    small = search.size(constraints) <= search.MOST_SEQUENCES and not bound
    method = _method(request["method"], small, gradients is not None)
    run = Search(
        constraints,
        lambda encoded: goal.fitness(predict(encoded)),
        random,
        request["count"],
        request["distance"],
        gradients,
    )
    best = search.METHODS[method](run, begun, starts[rows])
    encoded, origin, values = search.around_the_best(run, best, starts[rows])
    believed = values > -UNTRUSTED
    if not believed.any():
        raise InputError(
            f"trust: the search met no sequence of a novelty of {goal.trust:g} or less; "
            "start from the best of the table, or raise `trust`"
        )
    encoded, origin, values = encoded[believed], origin[believed], values[believed]
    chosen = search.apart(encoded, values, request["count"], request["distance"])
    origin = np.where(origin[chosen] < 0, -1, rows[np.maximum(origin[chosen], 0)])
    logging.info("%s: %d sequences were predicted", method, run.looked_at)
    return Chosen(encoded[chosen], origin, run)


def _allowed_starts(
    constraints: Constraints, starts: np.ndarray, bound: bool, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Sequences made of the starts that meet the constraints, and the row of each one's start."""
    feasibility.refuse_impossible(constraints, starts if bound else None)
    filled = feasibility.fill(constraints, starts, random)
    repaired, fits = feasibility.repair(constraints, filled, starts, random)
    if not fits.any():
        why = feasibility.worst(constraints, repaired, starts)
        raise InputError(
            f"no sequence was found that meets all constraints, in {len(starts)} searches of "
            f"{feasibility.TRIES} rounds; the hardest one is {why}"
        )
    rows = np.flatnonzero(fits)
    return repaired[rows], rows


def _method(method: str, small: bool, differentiable: bool) -> str:
    """The method of a search. small: whether every sequence can be looked at."""
    if method == "auto":
        return "exhaustive" if small else "gradient" if differentiable else "evolutionary"
    if method == "exhaustive" and not small:
        raise InputError(
            f"method: exhaustive looks at {search.MOST_SEQUENCES} sequences at most, without "
            "limits of edits; fix more of the template, or leave the method out"
        )
    if method == "gradient" and not differentiable:
        raise InputError("method: gradient needs a model with slopes, which this one has not")
    return method


def design_table(
    certain: Certain,
    encoded: np.ndarray,
    origin: np.ndarray,
    starts: np.ndarray,
    start_ids: list[str],
    record: Mapping,
    judged: Certain | None,
    name: str,
) -> pa.Table:
    """A row a design, best first. The parameters are those of `Designs`."""
    rows, outputs, classes = len(encoded), record["outputs"], record["classes"]
    sequences = decode(encoded)
    if record["alphabet"] == "rna":
        sequences = np.char.replace(sequences, "T", "U")
    judge = {}
    for index, quantity in enumerate(task_of(classes).quantities(classes or outputs)):
        column = "judge" + quantity.removeprefix("prediction").removeprefix("probability")
        judge[column] = (
            pa.nulls(rows, pa.float64()) if judged is None else judged.predicted[:, index]
        )
    columns = (certain if judged is None else widened(certain, judged)).columns(outputs, classes)
    last = {
        column: columns.pop(column)
        for column in [*columns]
        if column.endswith(("_scale", NOISE)) or column == "extrapolation"
    }
    return pa.table(
        {
            "id": [f"{name}_{number}" for number in range(1, rows + 1)],
            "sequence": sequences.astype(object),
            **columns,
            **judge,
            "edits": pa.array((encoded != starts[origin]).sum(axis=1), mask=origin < 0),
            "gc": ((encoded == 1) | (encoded == 2)).mean(axis=1),
            "start_id": [start_ids[row] if row >= 0 else "" for row in origin],
            **last,
            "note": notes(certain, judged, rows),
        }
    )


def notes(certain: Certain, judged: Certain | None, rows: int) -> list[str]:
    """What to know of each design before it is ordered."""
    parts = [contradictions(certain, judged) if judged else [UNJUDGED] * rows]
    parts.append(np.where(certain.novelty >= 100, UNKNOWN, "").tolist())
    return ["; ".join(filter(None, texts)) for texts in zip(*parts, strict=True)]


def contradictions(certain: Certain, judged: Certain) -> list[str]:
    """Where the judge's prediction lies outside the interval of the model that searched."""
    if certain.lower is None:
        return [""] * len(certain.predicted)
    below = (judged.predicted < certain.lower).any(axis=1)
    above = (judged.predicted > certain.upper).any(axis=1)
    return [
        "the judge says less" if low else "the judge says more" if high else ""
        for low, high in zip(below, above, strict=True)
    ]


def load_models(
    files: Mapping, level: float, device: str | torch.device = "cpu"
) -> tuple[CalibratedModel, CalibratedModel | None]:
    """The model that searches and the one that judges, None without any.

    Parameters
    ----------
    files : paths of `weights` and `certainty` of the seeds that search, of `judges` and
        `certainty_of_judges` of those that judge. Where some seeds of a model search and the others
        judge: `calibration_rows` and `validation_rows`, on which intervals rest, and each seed's
        predictions of them, `validation_of_search` and so on.
    level : of the intervals
    """
    part = "calibration"
    if files.get("calibration_rows") and not pq.read_metadata(files["calibration_rows"]).num_rows:
        part = "validation"
    models = [
        CalibratedModel.of_files(weights, certainty, level, device).calibrated_together(
            files.get(f"{part}_of_{role}", []), files.get(f"{part}_rows")
        )
        for role, weights, certainty in [
            ("search", files["weights"], files["certainty"]),
            ("judge", files["judges"], files["certainty_of_judges"]),
        ]
        if weights
    ]
    if inputs := models[0].model.inputs:
        logging.info("sequences that are asked alone are asked at %s", inputs.values_text)
    return models[0], models[1] if len(models) > 1 else None
