"""Put the summaries of all folds in one table, and what they come to before them."""

from seq2score import tables
from seq2score.evaluation.summary import cross_validated

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    folds = [tables.read_rows(path) for path in snakemake.input]
    together = [{"dataset": snakemake.wildcards.dataset, **row} for row in cross_validated(folds)]
    tables.write([*together, *(row for rows in folds for row in rows)], snakemake.output[0])
