"""Check a table in every respect that any later step of its import and split depends on."""

import json
from pathlib import Path

from seq2score import job
from seq2score.sequences.columns import tell_renamed
from seq2score.sequences.sources import at
from seq2score.splits.checking import check_table, headline
from seq2score.task import TASKS

if __name__ == "__main__":
    job.start(snakemake)
    params = job.settings(snakemake)
    table = at(params.table, snakemake.input)
    verdict = check_table(table, TASKS[params.task], params.split, params.reverse_complement)
    tell_renamed(verdict["renamed"])
    job.tell(headline(verdict))
    Path(snakemake.output[0]).write_text(json.dumps(verdict, indent=1), encoding="utf-8")
