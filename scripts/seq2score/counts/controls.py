"""Whether an oligo is active: more than negative controls are."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

FEWEST = 20  # controls that tell what inactive oligos do


@dataclass(frozen=True)
class Verdicts:
    """What is said of each oligo: float (n,), NaN where nothing is; active is bool (n,).

    note: why nothing is said, or "".
    """

    p: np.ndarray
    q: np.ndarray
    active: np.ndarray
    note: str


def against_controls(
    mean: np.ndarray, error: np.ndarray, controls: np.ndarray, fdr: float
) -> Verdicts:
    """Which oligos are more active than negative controls.

    The null distribution is empirical: activities of controls, for their standard errors, are taken
    as normal around a common mean with a spread of its own. One-sided p values follow from the
    distribution of a further control (Student's t), q values by Benjamini and Hochberg (1995) over
    the oligos that are no controls.

    Parameters
    ----------
    mean, error
        Activities and their standard errors, float (n,); NaN where they are not known.
    controls
        The negative controls, bool (n,).
    fdr
        The share of false ones among those called active.
    """
    known = np.isfinite(mean)
    of_controls = known & controls
    count = int(of_controls.sum())
    nothing = np.full(len(mean), np.nan)
    if count < FEWEST:
        note = (
            f"There are {count} negative controls with enough barcodes, and {FEWEST} are needed "
            "to tell which oligos are active."
        )
        return Verdicts(nothing, nothing, np.zeros(len(mean), bool), note)
    center, spread = _null(mean[of_controls], error[of_controls])
    noise = np.where(np.isfinite(error), error, 0.0)
    scaled = (mean - center) / np.sqrt(spread + noise**2)
    usual = max(float(np.std(scaled[of_controls], ddof=1)), np.finfo(float).tiny)
    p = stats.t.sf(scaled / (usual * np.sqrt(1 + 1 / count)), count - 1)
    tested = known & ~controls
    q = nothing.copy()
    q[tested] = stats.false_discovery_control(p[tested]) if tested.any() else []
    with np.errstate(invalid="ignore"):
        return Verdicts(np.where(known, p, np.nan), q, q <= fdr, "")


def _null(mean: np.ndarray, error: np.ndarray) -> tuple[float, float]:
    """Mean of the controls, weighted by how well each is known, and their variance beyond that."""
    noise = np.where(np.isfinite(error), error, 0.0) ** 2
    spread = max(0.0, float(mean.var(ddof=1) - noise.mean()))
    weights = 1 / np.maximum(spread + noise, np.finfo(float).tiny)
    return float(np.average(mean, weights=weights)), spread
