"""Draw the patterns that TF-MoDISco found."""

from seq2score import tsv
from seq2score.attributions import tables
from seq2score.figures import attributions, theme
from seq2score.motifs.tables import read_positions

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    source = snakemake.input
    letters = "ACGU" if snakemake.params.alphabet == "rna" else "ACGT"
    patterns = tsv.read(source.motifs, text=["consensus", "word", "filters"]).to_pylist()
    matches = tsv.read(source.matches, text=["motif", "name", "strand"]).to_pylist()
    logos = tables.logos(read_positions(source.matrices))
    told = tables.with_matches(patterns, matches)
    theme.save(attributions.motif_table(told, logos, letters), snakemake.output.png)
