"""Search for sequences that a model surely predicts as wanted, under constraints; draw them."""

import pyarrow.parquet as pq

from seq2score import job
from seq2score.design.designs import design, load_models
from seq2score.design.standing import Standing
from seq2score.figures import theme
from seq2score.figures.designs import Designs, draw
from seq2score.models.devices import choose_device, use_one_thread
from seq2score.sequences.encoding import encode_file

if __name__ == "__main__":
    job.start(snakemake)
    use_one_thread()
    source, output, params = snakemake.input, snakemake.output, job.settings(snakemake)
    request = params.request | ({"start": str(source.start)} if source.start else {})
    model, judge = load_models(dict(source.items()), params.level, choose_device(params.device))
    table = pq.read_table(source.sequences)
    trained, standing = encode_file(source.train), Standing.of_files(dict(source.items()))
    designs = design(params.name, request, model, judge, table, trained, standing, params.alike)
    designs.write(output.table, output.fasta, output.progress)
    for message in designs.messages(params.judge):
        job.tell(message)
    theme.save(draw(Designs.of(designs, table, params.labels, params.judge)), output.figure)
