"""Which words of 3 to 8 letters contribute, and the motifs behind them, without TF-MoDISco."""

from pathlib import Path

from seq2score import job, tables
from seq2score.attributions.attributed import Attributed
from seq2score.attributions.described import MOTIF, SITE
from seq2score.attributions.discovery import LETTER, WORD, discover
from seq2score.models.devices import use_one_thread
from seq2score.motifs.tables import write_positions

if __name__ == "__main__":
    job.start(snakemake)
    use_one_thread()
    params, source, output = job.settings(snakemake), snakemake.input, snakemake.output
    model = Path(source.weights[0]).parents[1]
    attributed = Attributed.open(model, source, vars(params))
    discovery = discover(attributed, source.filters, params.backgrounds)
    tables.write(discovery.letters, output.letters, LETTER)
    tables.write(discovery.words, output.words, WORD)
    tables.write(discovery.motifs, output.motifs, MOTIF)
    tables.write(discovery.described.sites, output.sites, SITE)
    write_positions(discovery.described.matrices, output.matrices)
    Path(output.meme).write_text(discovery.meme, encoding="utf-8")
