"""What Snakemake's scheduler does between the jobs."""

from types import SimpleNamespace

import pytest
from snakemake.scheduling.job_scheduler import JobRateLimiter
from snakemake.settings.types import MaxJobsPerTimespan

from scheduling import stop_ticking


@pytest.mark.parametrize(
    ("asked", "local", "ticks"),
    [("100/1s", True, False), ("100/1s", False, True), ("5/1m", True, True)],
)
def test_it_ticks_where_that_was_asked_for_or_a_cluster_is(asked, local, ticks):
    limiter = JobRateLimiter(MaxJobsPerTimespan.parse_choice(asked))
    scheduler = SimpleNamespace(job_rate_limiter=limiter)
    stop_ticking(SimpleNamespace(scheduler=scheduler, local_exec=local))
    assert (scheduler.job_rate_limiter is not None) == ticks
