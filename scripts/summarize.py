"""Put the metrics of every model, and of the floors, in one table."""

from seq2score import job, tables
from seq2score.evaluation.summary import summarize_files

if __name__ == "__main__":
    job.start(snakemake)
    params, dataset = job.settings(snakemake), snakemake.wildcards.dataset
    source = dict(snakemake.input.items())
    rows = summarize_files(source, params.split, params.reverse_complement, dataset)
    tables.write(rows, snakemake.output[0])
