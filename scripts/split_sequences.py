"""Split a data set into train, validation and test, each a file of its own."""

import logging

from seq2score import job, tables
from seq2score.splits import parts, summary
from seq2score.splits.splitting import split_sequences

if __name__ == "__main__":
    job.start(snakemake)
    source, output, params = snakemake.input, snakemake.output, job.settings(snakemake)
    both_strands, files = params.reverse_complement != "none", [output[p] for p in parts.PARTS]
    others = output.relatives, source.get("clusters"), source.get("verdict")
    rows = split_sequences(
        source.sequences, params.split, params.outputs, both_strands, files, *others
    )
    tables.write(rows, output.summary)
    for row in rows:
        logging.info("%(part)s: %(rows)d rows. %(note)s", row)
    for note in summary.worth_telling(rows):
        job.tell(note)
    job.tell(", ".join(f"{row['part']} {row['rows']:,}" for row in rows))
