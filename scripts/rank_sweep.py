"""Rank the members of a sweep by their score on the validation set; the test set stays unseen."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score import tsv
from seq2score.evaluation.evaluate import evaluate
from seq2score.evaluation.prediction import load
from seq2score.evaluation.predictions import columns
from seq2score.figures import ranking, theme
from seq2score.sequences.transforms import EXPRESSIONS
from seq2score.task import TASKS, Task


def validation_score(folder: Path, validation: pa.Table, metric: str, transform: str) -> float:
    """A metric of the model in a folder, on the validation set. transform: that it learned."""
    model = load(folder)
    found = columns(
        model.predict(validation["sequence"]), model.record["outputs"], model.record["classes"]
    )
    rows = {name: validation[name] for name in validation.column_names} | found
    return evaluate(pa.table(rows), transform=transform)[metric]


def ranked(scores: dict[str, list[float]], task: Task, scale: str = "") -> list[dict]:
    """One row a member, best first: mean and spread of its score over the seeds.

    scores: by member, one a seed. A score without a meaning comes last. scale: what the metric's
    name begins with, such as "log2_", where the score was transformed.
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
    return [{"rank": place, **row} for place, row in enumerate(rows, start=1)]


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    task = TASKS[snakemake.params.task]
    transform = snakemake.params.score_transform
    scale = "" if transform == "none" else f"{transform}_"
    metric = scale + task.ranked_by
    place = Path(snakemake.output.ranking).parent.parent
    validation = pq.read_table(snakemake.input.validation)
    scores = {
        member: [
            validation_score(place / member / f"seed{seed}", validation, metric, transform)
            for seed in snakemake.params.seeds
        ]
        for member in snakemake.params.members
    }
    rows = ranked(scores, task, scale)
    job.tell("best of %d: %s", len(rows), rows[0]["model"])
    tsv.write(rows, snakemake.output.ranking)
    label = task.metrics[task.ranked_by].label
    label += f" of {EXPRESSIONS[transform].format('score')}" if scale else ""
    theme.save(ranking.draw(rows, f"validation_{metric}", label), snakemake.output.png)
