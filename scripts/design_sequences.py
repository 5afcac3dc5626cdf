"""Search for sequences that a model surely predicts as wanted, under constraints; draw them."""

from seq2score import job
from seq2score.design.designs import Library, design, load_models
from seq2score.design.standing import Standing
from seq2score.figures import theme
from seq2score.figures.designs import Designs, draw
from seq2score.models.devices import choose_device, use_one_thread

if __name__ == "__main__":
    job.start(snakemake)
    use_one_thread()
    source, output, params = snakemake.input, snakemake.output, job.settings(snakemake)
    request = params.request | ({"start": str(source.start)} if source.start else {})
    model, judge = load_models(dict(source.items()), params.level, choose_device(params.device))
    keep = params.adapters == "keep"
    library = Library.of_files(source.sequences, source.train, source.held_out, keep)
    standing = Standing.of_files(dict(source.items()), params.alike)
    designs = design(params.name, request, model, judge, library, standing)
    designs.write(output.table, output.fasta, output.progress)
    for message in designs.messages(params.judge):
        job.tell(message)
    theme.save(draw(Designs.of(designs, library.table, params.labels, params.judge)), output.figure)
