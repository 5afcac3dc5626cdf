"""Train one model with one seed. Reads the train and validation sets; never the test set."""

from seq2score import job
from seq2score.training.trials import with_values
from seq2score.training.work import Work, run

NOT_READ = ("preflight", "start_check", "chosen")  # files that say that others can be

if __name__ == "__main__":
    job.start(snakemake)
    source, settings = snakemake.input, snakemake.params.settings
    model = snakemake.wildcards.model
    if chosen := source.get("chosen"):
        settings = with_values(settings, chosen, model)
    work = Work(
        dataset=snakemake.wildcards.dataset,
        model=model,
        seed=int(snakemake.wildcards.seed),
        files={n: f for n, f in source.items() if n not in NOT_READ},
        output=dict(snakemake.output),
        settings=settings,
        threads=snakemake.resources.compute_threads,
    )
    job.tell(run(work, job.terminal()))
