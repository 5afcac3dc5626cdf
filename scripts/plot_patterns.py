"""Draw the patterns that TF-MoDISco found."""

from seq2score import tables
from seq2score.attributions.tables import logos, with_matches
from seq2score.figures import attributions, theme
from seq2score.motifs.tables import read_positions

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    source = snakemake.input
    letters = "ACGU" if job.settings(snakemake).alphabet == "rna" else "ACGT"
    patterns = tables.read_rows(source.motifs, text=["consensus", "word", "filters"])
    matches = tables.read_rows(source.matches, text=["motif", "name", "strand"])
    drawing = attributions.motif_table(
        with_matches(patterns, matches), logos(read_positions(source.matrices)), letters
    )
    theme.save(drawing, snakemake.output.png)
