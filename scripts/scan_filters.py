"""What each first-layer filter responds to: its sites, its matrices, and what it is worth."""

from pathlib import Path

import pyarrow.parquet as pq

from seq2score import job, tables
from seq2score.inference.prediction import load
from seq2score.motifs.scanning import scan
from seq2score.motifs.tables import write_positions

if __name__ == "__main__":
    job.start(snakemake)
    source, params, output = snakemake.input, job.settings(snakemake), snakemake.output
    predictor, test = load(Path(source.model).parent), pq.read_table(source.predictions)
    sequences = pq.read_table(source.scanned, columns=["sequence"])
    scanned = scan(predictor, sequences, test, params.threshold, params.sites, params.pseudocount)
    tables.write(scanned.rows, output.filters)
    write_positions(scanned.filters, output.matrices)
    Path(output.meme).write_text(scanned.meme, encoding="utf-8")
    job.tell("%d filters, %d of them dead", len(scanned.rows), (scanned.filters.sites == 0).sum())
