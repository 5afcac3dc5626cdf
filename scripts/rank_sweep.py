"""Rank the members of a sweep by their score on the validation set; the test set stays unseen."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score import tables
from seq2score.errors import InputError
from seq2score.evaluation.evaluate import evaluate
from seq2score.figures import ranking, theme
from seq2score.inference.prediction import load
from seq2score.inference.predictions import columns
from seq2score.sequences.transforms import EXPRESSIONS
from seq2score.task import TASKS, Task
from seq2score.training import trials
from seq2score.training.trials import Trial


def validation_score(folder: Path, validation: pa.Table, metric: str, transform: str) -> float:
    """A metric of the model in a folder, on the validation set. transform: that it learned."""
    model = load(folder)
    predicted = model.predict(validation["sequence"], model.beside(validation))
    found = columns(predicted, model.record["outputs"], model.record["classes"])
    rows = {name: validation[name] for name in validation.column_names} | found
    return evaluate(pa.table(rows), transform=transform)[metric]


def ranked(
    scores: dict[str, list[float]], task: Task, scale: str = "", tried: Sequence[Trial] = ()
) -> list[dict]:
    """One row a member, best first: mean and spread of its score over the seeds.

    scores: by member, one a seed. A score without a meaning comes last. scale: what the metric's
    name begins with, such as "log2_", where the score was transformed. tried: what each member
    tried and came to, told beside its score; those without a score come last.
    """
    metric = scale + task.ranked_by
    rows = [
        {
            "model": member,
            f"validation_{metric}": float(np.mean(values)),
            f"validation_{metric}_sd": float(np.std(values)),
            "seeds": len(values),
        }
        for member, values in scores.items()
    ]
    sign = task.metrics[task.ranked_by].sign
    rows.sort(key=lambda row: np.nan_to_num(-sign * row[f"validation_{metric}"], nan=np.inf))
    rows += [{"model": trial.name} for trial in tried if trial.name not in scores]
    came_to = {t.name: {"outcome": t.outcome, "epochs_done": len(t.losses)} for t in tried}
    values = {trial.name: trial.values for trial in tried}
    return [
        {"rank": place, **values.get(row["model"], {}), **row, **came_to.get(row["model"], {})}
        for place, row in enumerate(rows, start=1)
    ]


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    task = TASKS[snakemake.params.task]
    transform = snakemake.params.score_transform
    scale = "" if transform == "none" else f"{transform}_"
    metric = scale + task.ranked_by
    place = Path(snakemake.output.ranking).parent.parent
    validation = pq.read_table(snakemake.input.validation)
    members, seeds = snakemake.params.members, snakemake.params.seeds
    for file in snakemake.input.rounds:  # of a search
        proposed = trials.values_of(file)
        members |= {name: proposed[name] for name in members.keys() & proposed.keys()}
    tried = [
        trials.Trial.read(member, values, place / member / f"seed{seeds[0]}")
        for member, values in members.items()
    ]
    scores = {
        trial.name: [
            validation_score(place / trial.name / f"seed{seed}", validation, metric, transform)
            for seed in seeds
        ]
        for trial in tried
        if trial.outcome == "finished"
    }
    if not scores:
        raise InputError(
            f"search.{snakemake.wildcards.base}: not one of {len(tried)} trials ended with a "
            "finite loss. Try a space of smaller learning rates."
        )
    rows = ranked(scores, task, scale, tried)
    best = rows[0]["model"]
    job.tell("best of %d: %s", len(rows), best)
    metrics = [f"validation_{metric}", f"validation_{metric}_sd", "seeds"]
    tables.write(
        rows, snakemake.output.ranking, ["rank", "model", *metrics, "outcome", "epochs_done"]
    )
    trials.write(snakemake.output.chosen, {f"{snakemake.wildcards.base}~best": members[best]})
    label = task.metrics[task.ranked_by].label
    label += f" of {EXPRESSIONS[transform].format('score')}" if scale else ""
    names = {trial.name: trial.label for trial in tried}
    figure = ranking.draw(rows[: len(scores)], f"validation_{metric}", label, names, len(rows))
    theme.save(figure, snakemake.output.png)
