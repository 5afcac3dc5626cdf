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
from seq2score.task import TASKS, Task


def validation_score(folder: Path, validation: pa.Table, metric: str) -> float:
    """A metric of the model in a folder, on the validation set."""
    model = load(folder)
    found = columns(
        model.predict(validation["sequence"]), model.record["outputs"], model.record["classes"]
    )
    rows = {name: validation[name] for name in validation.column_names} | found
    return evaluate(pa.table(rows))[metric]


def ranked(scores: dict[str, list[float]], task: Task) -> list[dict]:
    """One row a member, best first: mean and spread of its score over the seeds.

    scores: by member, one a seed. A score without a meaning comes last.
    """
    metric = task.ranked_by
    rows = [
        {
            "model": member,
            f"validation_{metric}": float(np.mean(values)),
            f"validation_{metric}_sd": float(np.std(values)),
            "seeds": len(values),
        }
        for member, values in scores.items()
    ]
    sign = task.metrics[metric].sign
    rows.sort(key=lambda row: np.nan_to_num(-sign * row[f"validation_{metric}"], nan=np.inf))
    return [{"rank": place, **row} for place, row in enumerate(rows, start=1)]


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    task = TASKS[snakemake.params.task]
    place = Path(snakemake.output.ranking).parent.parent
    validation = pq.read_table(snakemake.input.validation)
    scores = {
        member: [
            validation_score(place / member / f"seed{seed}", validation, task.ranked_by)
            for seed in snakemake.params.seeds
        ]
        for member in snakemake.params.members
    }
    rows = ranked(scores, task)
    job.tell("best of %d: %s", len(rows), rows[0]["model"])
    tsv.write(rows, snakemake.output.ranking)
    label = task.metrics[task.ranked_by].label
    theme.save(ranking.draw(rows, f"validation_{task.ranked_by}", label), snakemake.output.png)
