"""Rank the members of a sweep by their score on the validation set; the test set stays unseen."""

from pathlib import Path

import pyarrow.parquet as pq

from seq2score import job, tables
from seq2score.evaluation.ranking import rank
from seq2score.figures import ranking, theme
from seq2score.task import TASKS
from seq2score.training import trials

if __name__ == "__main__":
    job.start(snakemake)
    source, output, params = snakemake.input, snakemake.output, job.settings(snakemake)
    members = trials.proposed(params.members, source.rounds)
    folder, base = Path(output.ranking).parent.parent, snakemake.wildcards.base
    validation, task = pq.read_table(source.validation), TASKS[params.task]
    ranked = rank(base, folder, members, params.seeds, validation, task, params.score_transform)
    job.tell("best of %d: %s", len(ranked.rows), ranked.best)
    tables.write(ranked.rows, output.ranking, ranked.columns)
    trials.write(output.chosen, {f"{base}~best": members[ranked.best]})
    shown = ranked.rows[: ranked.scored]
    figure = ranking.draw(shown, ranked.metric, ranked.label, ranked.names, len(ranked.rows))
    theme.save(figure, output.png)
