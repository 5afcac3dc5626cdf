"""Join the train and validation sets of several datasets, for one network that learns them all.

Reads test sets only to leave out what they test, where that is asked for.
"""

from seq2score import job, tables
from seq2score.training.joint import join_parts

if __name__ == "__main__":
    job.start(snakemake)
    source, output, params = snakemake.input, snakemake.output, job.settings(snakemake)
    both_strands = params.reverse_complement != "none"
    rows = join_parts(dict(source.items()), params.datasets, both_strands, dict(output.items()))
    tables.write(rows, output.summary)
    for row in rows:
        job.tell("{dataset}: {rows} {part} rows, {left_out} left out".format(**row))
