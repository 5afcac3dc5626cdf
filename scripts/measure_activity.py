"""From checked counts to the activity of every oligo, and what was left out and why."""

import shutil

from seq2score import job, tables
from seq2score.counts import experiment, igvf

if __name__ == "__main__":
    job.start(snakemake)
    params, output = job.settings(snakemake), snakemake.output
    counts = experiment.located(params.counts, snakemake.input.files)
    measured = experiment.read_experiment(counts)
    experiment.write_table(experiment.activity_table(measured), output.activity)
    barcodes = experiment.rejected_barcodes(measured)
    tables.write(barcodes, output.barcodes, columns=experiment.REJECTED_BARCODES)
    oligos = experiment.rejected_oligos(measured)
    tables.write(oligos, output.oligos, columns=experiment.REJECTED_OLIGOS)
    igvf.write_files(measured, output.igvf)
    shutil.copyfile(snakemake.input.verdict, output.quality)
