"""Draw contributions of chosen sequences, discovered motifs, and how they work together."""

from seq2score import job
from seq2score.figures import attributions, theme
from seq2score.sequences.encoding import LETTERS

if __name__ == "__main__":
    job.start(snakemake)
    params = job.settings(snakemake)
    name = params.output_name or next(iter(params.labels))
    predicted = f"predicted {params.labels.get(name, name)}"
    drawings = attributions.draw_files(
        dict(snakemake.input.items()), LETTERS[params.alphabet], predicted
    )
    for name, drawing in drawings.items():
        theme.save(drawing, snakemake.output[name])
