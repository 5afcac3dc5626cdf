"""Put the metrics of every model, and of the floors, in one table."""

from seq2score import job, tables
from seq2score.evaluation.summary import summarize_files

if __name__ == "__main__":
    job.start(snakemake)
    source = snakemake.input
    rows = summarize_files(
        source.metrics,
        source.models,
        source.histories,
        source.floors,
        source.split,
        snakemake.wildcards.dataset,
    )
    tables.write(rows, snakemake.output[0])
