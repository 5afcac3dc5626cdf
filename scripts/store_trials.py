"""Write all trials of a search into one file, as Optuna and its dashboard read it."""

from pathlib import Path

from seq2score.training import trials
from seq2score.training.proposals import study_of

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params, output = job.settings(snakemake), Path(snakemake.output[0])
    (last,) = snakemake.input.rounds
    results = trials.results(last, output.parents[2], params.seed, params.trained)
    name = f"{snakemake.wildcards.dataset} {snakemake.wildcards.base}"
    output.unlink(missing_ok=True)
    study_of(results, params.space, storage=f"sqlite:///{output}", name=name)
