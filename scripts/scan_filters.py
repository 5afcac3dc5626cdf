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
    scanned = pq.read_table(source.scanned, columns=["sequence"])
    found = scan(predictor, scanned, test, params.threshold, params.sites, params.pseudocount)
    tables.write(found.rows, output.filters)
    write_positions(found.filters, output.matrices)
    Path(output.meme).write_text(found.meme, encoding="utf-8")
    job.tell("%d filters, %d of them dead", len(found.rows), (found.filters.sites == 0).sum())
