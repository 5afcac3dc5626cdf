"""Effects of variants: their distribution, the comparison with measured ones, the strongest."""

from seq2score import job
from seq2score.figures import theme, variants
from seq2score.sequences.encoding import LETTERS
from seq2score.task import TASKS

if __name__ == "__main__":
    job.start(snakemake)
    params, source = job.settings(snakemake), dict(snakemake.input.items())
    unit = ", log-odds" if TASKS[params.task].labels else ""
    drawings = variants.draw_files(source, LETTERS[params.alphabet], unit)
    for name, drawing in drawings.items():
        theme.save(drawing, snakemake.output[name])
