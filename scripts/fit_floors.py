"""Fit the simple models that every other has to beat, on the same split."""

from seq2score import job
from seq2score.evaluation.evaluate import write_json
from seq2score.evaluation.floors import fit_floors
from seq2score.task import TASKS

if __name__ == "__main__":
    job.start(snakemake)
    params = job.settings(snakemake)
    files, task = dict(snakemake.input.items()), TASKS[params.task]
    learned = params.score_transform, params.inputs, params.contrasts
    floors = fit_floors(files, params.outputs, task, *learned)
    write_json(floors, snakemake.output[0])
