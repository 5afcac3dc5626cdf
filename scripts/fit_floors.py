"""Fit the simple models that every other has to beat, on the same split."""

import pyarrow.parquet as pq

from seq2score import job
from seq2score.evaluation.advice import best_floor
from seq2score.evaluation.evaluate import write_json
from seq2score.evaluation.floors import fit_floors
from seq2score.task import TASKS

if __name__ == "__main__":
    job.start(snakemake)
    params, output = job.settings(snakemake), snakemake.output
    files, task = dict(snakemake.input.items()), TASKS[params.task]
    learned = params.score_transform, params.inputs, params.contrasts
    floors = fit_floors(files, params.outputs, task, *learned)
    metrics = {name: floor.metrics for name, floor in floors.items()}
    write_json(metrics, output.metrics)
    pq.write_table(floors[best_floor(metrics)].predictions, output.best)
