"""Draw how the loss of every model fell."""

from pathlib import Path

from seq2score import tables
from seq2score.figures import loss_curves, theme
from seq2score.task import TASKS


def read_history(path: str) -> dict:
    table = tables.read(path)
    return {name: values.to_numpy() for name, values in table.items()}


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params = job.settings(snakemake)
    histories = {}
    for path in snakemake.input:
        histories.setdefault(Path(path).parts[-3], []).append(read_history(path))
    default = TASKS[params.task].loss
    losses = {model: loss or default for model, loss in params.losses.items()}
    seeds = dict.fromkeys(Path(path).parts[-2].removeprefix("seed") for path in snakemake.input)
    figure = loss_curves.draw(histories, losses, params.models, [*seeds])
    theme.save(figure, snakemake.output[0])
