"""How Snakemake's scheduler spends its time on a workstation."""

USUAL = 100, 1  # Snakemake's own limit: jobs, seconds


def stop_ticking(workflow) -> None:
    """Let the scheduler look for work when a job has ended, and not by the clock.

    So that no more than a hundred jobs start in a second, it looks again a second after each look
    at jobs that wait, and again after that: once a second for each job so far, for hours. A limit
    that was asked for stays, and so does that of a cluster, whose queue it is for.
    """
    limiter = workflow.scheduler.job_rate_limiter
    if workflow.local_exec and limiter and (limiter.max_jobs, limiter.timespan) == USUAL:
        workflow.scheduler.job_rate_limiter = None
