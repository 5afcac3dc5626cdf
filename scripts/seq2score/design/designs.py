"""From a `design` section and a trained model to designs, and what is known of each."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from seq2score import tables
from seq2score.certainty.assess import CalibratedModel
from seq2score.certainty.certain import Certain
from seq2score.design import feasibility, search
from seq2score.design.constraints import Constraints, with_adapters
from seq2score.design.gradients import goal_gradients
from seq2score.design.measured import Measured
from seq2score.design.notes import Notes
from seq2score.design.objective import UNTRUSTED, Goal, goal_of
from seq2score.design.regression import Regression
from seq2score.design.search import Gradients, Search
from seq2score.design.standing import Standing
from seq2score.design.starts import Starts, choose_starts
from seq2score.errors import InputError
from seq2score.evaluation.floors import MOST_ROWS, sample_rows
from seq2score.inference.predictions import NOISE
from seq2score.sequences.adapters import adapters_of
from seq2score.sequences.encoding import decode, encode_file
from seq2score.task import REGRESSION, task_of

PROGRESS = ("round", "sequences", "best", "middle")


@dataclass(frozen=True)
class Library:
    """What was measured.

    table: sequences and scores of the dataset. trained: uint8 (m, length), codes of the training
    sequences. adapters: letters that designs begin with (`left`) and end with (`right`), where the
    request's template has no other ones. parts: rows of the train and the validation set, by which
    a regression judges where no other model does.
    """

    table: pa.Table
    trained: np.ndarray
    adapters: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[pa.Table, pa.Table] | None = None

    @classmethod
    def of_files(
        cls, sequences: str | Path, train: str | Path, validation: str | Path, keep: bool
    ) -> "Library":
        """By its files. keep: whether designs keep the adapters of the training sequences."""
        adapters = adapters_of(train) if keep else {}
        parts = tuple(sample_rows(pq.read_table(part), MOST_ROWS) for part in (train, validation))
        return cls(pq.read_table(sequences), encode_file(train), adapters, parts)


@dataclass(frozen=True)
class Designs:
    """What a search came to, best first.

    encoded: uint8 (n, length). origin: int (n,), which start each was made from, -1 for none.
    certain: what the model predicts of the designs; judged: what a model does that had no part in
    the search, or None. sure: of the model, with intervals that reach as far as there are reasons
    to doubt it. started: what the model predicts of the starts. refusal: why there are none.
    """

    name: str
    request: Mapping
    record: Mapping
    goal: Goal
    search: Search
    encoded: np.ndarray
    origin: np.ndarray
    starts: Starts
    certain: Certain
    judged: Certain | None
    sure: Certain
    started: Certain
    notes: Notes
    refusal: str = ""

    @property
    def table(self) -> pa.Table:
        """A row a design, best first, with the columns of its result file."""
        rows, outputs, classes = len(self.encoded), self.record["outputs"], self.record["classes"]
        sequences = decode(self.encoded)
        if self.record["alphabet"] == "rna":
            sequences = np.char.replace(sequences, "T", "U")
        judge, known = {}, self.origin >= 0
        for index, quantity in enumerate(task_of(classes).quantities(classes or outputs)):
            column = "judge" + quantity.removeprefix("prediction").removeprefix("probability")
            judge[column] = (
                pa.nulls(rows, pa.float64())
                if self.judged is None
                else self.judged.predicted[:, index]
            )
        columns = self.sure.columns(outputs, classes)
        last = {
            column: columns.pop(column)
            for column in [*columns]
            if column.endswith(("_scale", NOISE)) or column == "extrapolation"
        }
        edits = (self.encoded != self.starts.encoded[self.origin]).sum(axis=1)
        return pa.table(
            {
                "id": [f"{self.name}_{number}" for number in range(1, rows + 1)],
                "sequence": sequences.astype(object),
                **columns,
                **judge,
                "edits": pa.array(edits, mask=~known),
                "gc": ((self.encoded == 1) | (self.encoded == 2)).mean(axis=1),
                "start_id": [self.starts.ids[row] if row >= 0 else "" for row in self.origin],
                **self._starts_measured(),
                **last,
                "note": self.notes.texts,
            }
        )

    def _starts_measured(self) -> dict[str, pa.Array]:
        """What was measured of the start of each design, by column."""
        measured = self.starts.measured_of(self.origin)
        if self.record["classes"]:
            return {"start_measured": pa.array(measured[:, 0].tolist(), pa.string())}
        names = REGRESSION.quantities(self.record["outputs"])
        return {
            name.replace("prediction", "start_measured", 1): pa.array(column, from_pandas=True)
            for name, column in zip(names, measured.T, strict=True)
        }

    def write(self, table: str | Path, fasta: str | Path, progress: str | Path) -> None:
        """Write the designs as a table and as FASTA, and how the search went."""
        rows, names = self.table.to_pylist(), self.table.column_names
        tables.write(rows, table, names)
        records = [f">{row['id']}\n{row['sequence']}\n" for row in rows]
        Path(fasta).write_text("".join(records), encoding="utf-8")
        tables.write(self.search.progress, progress, PROGRESS)

    def messages(self, judge: str | None) -> Iterator[str]:
        """What to know of the designs before they are ordered. judge: the model that judged."""
        if self.refusal:
            yield f"no designs: the model {self.refusal}. `below_floor: true` makes them anyway"
            return
        count, number = len(self.encoded), self.request["count"]
        if count < number:
            yield (
                f"{count} designs of {number}: of {self.search.looked_at} sequences that were "
                "predicted, no more that are allowed and trusted (`trust`) differ in "
                f"{self.request['distance']} positions (`distance`)"
            )
        yield from self.notes.messages(judge)


def design(
    name: str,
    request: Mapping,
    model: CalibratedModel,
    judge: CalibratedModel | None,
    library: Library,
    standing: Standing | None = None,
) -> Designs:
    """Search for sequences that a model surely predicts to be good.

    Parameters
    ----------
    name : of the request; designs are numbered under it
    request : a `design` section of the config, complete
    judge : a model that has no part in the search, to predict its designs too
    library : what was measured
    standing : how good both models are; without it nothing is said of that

    Returns
    -------
    Designs
        None of a model below its floor, unless the request asks for them.

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
    length = record["input_length"]
    template = with_adapters(request["template"] or "N" * length, library.adapters)
    constraints = Constraints.of({**request, "template": template}, length, flanks, library.trained)
    starts = choose_starts(request, goal, model.model, library.table, random)
    measured = Measured.of(goal, record, library.table)
    goal = replace(goal, most=measured.best)
    refusal = standing.below_floor if standing and not request["below_floor"] else ""
    if refusal:
        nothing = np.empty(0, int)
        search = Search(constraints, lambda some: goal.values(model.predict(some)), random)
        chosen = Chosen(starts.encoded[nothing], nothing, search)
    else:
        chosen = search_designs(
            request,
            lambda encoded: measured.held(model.predict(encoded)),
            goal,
            constraints,
            starts.encoded,
            goal_gradients(model.model, goal),
            random,
        )
    started = model.predict(starts.encoded)
    alike = standing is not None and standing.alike
    encoded, origin, search = chosen
    certain = model.predict(encoded) if len(encoded) else started.take(origin)
    judged = (judge.predict(encoded) if len(encoded) else certain) if judge else None
    sure = measured.sure(certain, judged, alike)
    scores_alone = not record["classes"] and not record.get("inputs")
    if library.parts and (judged is None or alike) and scores_alone and len(encoded):
        regression = Regression.fit(*library.parts, record, model.level)
        sure = regression.widen(sure, encoded)
    return Designs(
        name=name,
        request=request,
        record=record,
        goal=goal,
        search=search,
        encoded=encoded,
        origin=origin,
        starts=starts,
        certain=certain,
        judged=judged,
        sure=sure,
        started=started,
        notes=Notes.of(goal, measured, certain, judged, starts.measured_of(origin), standing),
        refusal=refusal,
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
    begun, rows = feasibility.allowed_starts(constraints, starts, bound, random)
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
