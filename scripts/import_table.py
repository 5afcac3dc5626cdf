"""Bring a checked table into our own form."""

import json
from pathlib import Path

from seq2score import job, tables
from seq2score.sequences.importing import REJECTED, TableImport
from seq2score.sequences.sources import at
from seq2score.task import TASKS

if __name__ == "__main__":
    job.start(snakemake)
    params, output = job.settings(snakemake), snakemake.output
    verdict = json.loads(Path(snakemake.input.verdict).read_text(encoding="utf-8"))
    table, task = at(params.table, snakemake.input.table), TASKS[params.task]
    imported = TableImport(table, task, params.reverse_complement != "none", verdict)
    written = imported.write(output.sequences)
    rejected = imported.rejected()
    tables.write(rejected, output.rejected, columns=REJECTED)
    job.tell("%d rows, %d rejected", written, len(rejected))
