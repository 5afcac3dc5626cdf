"""Which known motif each first-layer filter has learned."""

from seq2score import job, tables
from seq2score.motifs.matches import COLUMNS, match_filters, summary
from seq2score.motifs.tables import read_positions

if __name__ == "__main__":
    job.start(snakemake)
    params, filters = job.settings(snakemake), read_positions(snakemake.input.matrices)
    rows = match_filters(
        filters,
        str(snakemake.input.database or params.motifs),
        words=params.words,
        jaspar=params.jaspar,
        expected=params.expected,
        both_strands=params.strands == "both",
        threads=snakemake.threads,
    )
    tables.write(rows, snakemake.output[0], COLUMNS)
    job.tell(summary(rows, len(filters.bits)))
