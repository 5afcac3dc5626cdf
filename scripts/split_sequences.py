"""Split a data set into train, validation and test, each a file of its own."""

import logging

from seq2score import job, tables
from seq2score.splits import parts
from seq2score.splits.splitting import split_sequences

if __name__ == "__main__":
    job.start(snakemake)
    source, output, params = snakemake.input, snakemake.output, job.settings(snakemake)
    rows = split_sequences(
        source.sequences,
        params.split,
        params.outputs,
        params.reverse_complement != "none",
        [output[part] for part in parts.PARTS],
        output.relatives,
        source.get("clusters"),
        source.get("verdict"),
    )
    tables.write(rows, output.summary)
    for row in rows:
        logging.info("%(part)s: %(rows)d rows. %(note)s", row)
    for row in rows:
        if row["part"] == "test" and row["note"]:
            job.tell(row["note"])
    job.tell(", ".join(f"{row['part']} {row['rows']:,}" for row in rows))
