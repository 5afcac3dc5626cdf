"""Write the page that the report opens with, from the files of all datasets."""

from pathlib import Path

from seq2score import job
from seq2score.figures.summary_data import read_datasets
from seq2score.figures.summary_page import page

if __name__ == "__main__":
    job.start(snakemake)
    output, files = Path(snakemake.output[0]), {Path(path) for path in snakemake.input}
    datasets = read_datasets(output.parent, job.settings(snakemake).datasets, files)
    output.write_text(page(datasets), encoding="utf-8")
