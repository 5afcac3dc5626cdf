"""Patterns that TF-MoDISco finds in the contributions, and what they do where they are put in."""

from pathlib import Path

from seq2score import job, tables
from seq2score.attributions import modisco
from seq2score.attributions.attributed import Attributed
from seq2score.attributions.described import MOTIF, SITE
from seq2score.attributions.discovery import describe
from seq2score.attributions.tables import spelt
from seq2score.models.devices import use_one_thread
from seq2score.motifs.tables import write_positions

if __name__ == "__main__":
    job.start(snakemake)
    use_one_thread()
    params, source, output = job.settings(snakemake), snakemake.input, snakemake.output
    model = Path(source.weights[0]).parents[1]
    attributed = Attributed.open(model, source, vars(params))
    patterns, reason = modisco.find(attributed, params.strands == "both")
    described = describe(attributed, patterns, source.filters, params.backgrounds)
    tables.write(spelt(described.rows, attributed.alphabet), output.table, MOTIF)
    tables.write(described.sites, output.sites, SITE)
    write_positions(described.matrices, output.matrices)
    job.tell(reason or described.message)
