"""Pairs of alleles in a design, and how far the activities of both differ."""

import ast

import numpy as np
import pandas as pd
from scipy import stats

from seq2score.counts.activity import Activity
from seq2score.counts.oligos import Design

ROUNDS = 200  # of expectation and maximization
NORMAL = 1.96  # standard errors, of an interval of 95%
LEAST = 1e-300  # a p value that has a logarithm


def allele_pairs(design: Design) -> pd.DataFrame:
    """The variants of a design, as its columns SPDI, allele and variant_pos have them (IGVF).

    Returns
    -------
    DataFrame
        A row for every variant with both alleles: `variant_id`, `position` (from 0; -1 where oligos
        differ in it), and the oligos of each allele as lists, `reference` and `alternative`.
    """
    columns = ["variant_id", "position", "reference", "alternative"]
    if not {"SPDI", "allele"} <= {*design.table}:
        return pd.DataFrame(columns=columns)
    positions = design.table["variant_pos"] if "variant_pos" in design.table else [""] * len(design)
    oligos: dict[str, dict[str, list[int]]] = {}
    positions_of: dict[str, set[int]] = {}
    rows = zip(design.table["SPDI"], design.table["allele"], positions, strict=True)
    for oligo, cells in enumerate(rows):
        names, alleles, where = map(_items, cells)
        for i, (name, allele) in enumerate(zip(names, alleles, strict=False)):
            oligos.setdefault(name, {}).setdefault(allele, []).append(oligo)
            positions_of.setdefault(name, set()).add(int(where[i]) if i < len(where) else -1)
    rows_of_pairs = []
    for name, by in oligos.items():
        at = positions_of[name]
        if {"ref", "alt"} <= {*by}:
            position = next(iter(at)) if len(at) == 1 else -1
            rows_of_pairs.append((name, position, by["ref"], by["alt"]))
    return pd.DataFrame(rows_of_pairs, columns=columns)


def _items(cell: str) -> list[str]:
    """What a cell lists, as IGVF writes it: ['a', 'b'], a single one, or nothing."""
    if cell.strip() in ("", "NA", "[]"):
        return []
    if not cell.strip().startswith("["):
        return [item.strip() for item in cell.split(",")]
    try:
        return [str(item) for item in ast.literal_eval(cell)]
    except (ValueError, SyntaxError):
        return [item.strip(" '\"") for item in cell.strip("[] ").split(",")]


def effects(pairs: pd.DataFrame, activity: Activity) -> pd.DataFrame:
    """By how much the alternative allele is more active than the reference.

    Parameters
    ----------
    pairs
        From `allele_pairs`.
    activity
        Of all oligos of the design.

    Returns
    -------
    DataFrame
        The pairs of which both alleles have an activity, with `effect`, `effect_se`,
        `effect_lower`, `effect_upper` (95%), `p_value`, `q_value` (Benjamini and Hochberg) and
        `probability`, that there is an effect at all.
    """
    sides = {side: _side(pairs[side], activity) for side in ("reference", "alternative")}
    effect = sides["alternative"][0] - sides["reference"][0]
    error = np.sqrt(sides["alternative"][1] + sides["reference"][1])
    known = np.isfinite(effect) & np.isfinite(error) & (error > 0)
    rows = pairs[known].reset_index(drop=True)
    effect, error = effect[known], error[known]
    p = 2 * stats.norm.sf(np.abs(effect) / error)
    return rows.assign(
        effect=effect,
        effect_se=error,
        effect_lower=effect - NORMAL * error,
        effect_upper=effect + NORMAL * error,
        p_value=p,
        q_value=stats.false_discovery_control(p) if len(p) else p,
        probability=_probability(effect, error),
    )


def _side(oligos: pd.Series, activity: Activity) -> tuple[np.ndarray, np.ndarray]:
    """Mean activity of the oligos of an allele, and its variance; NaN where none has one."""
    means, variances = [], []
    for rows in oligos:
        values, errors = activity.mean[rows], activity.error[rows]
        known = np.isfinite(values)
        count = max(int(known.sum()), 1)
        means.append(values[known].mean() if known.any() else np.nan)
        variances.append((errors[known] ** 2).sum() / count**2)
    return np.array(means, float), np.array(variances, float)


def _probability(effect: np.ndarray, error: np.ndarray) -> np.ndarray:
    """That a variant has an effect: effects are 0 or normal around it, in shares that all variants
    tell together (by expectation and maximization)."""
    noise = error**2
    share, spread = 0.1, max(float(effect.var()) if len(effect) else 0.0, 1e-6)
    posterior = np.full(len(effect), share)
    for _ in range(ROUNDS if len(effect) else 0):
        null = (1 - share) * stats.norm.pdf(effect, 0, error)
        other = share * stats.norm.pdf(effect, 0, np.sqrt(noise + spread))
        posterior = other / np.maximum(null + other, LEAST)
        share = float(np.clip(posterior.mean(), 1e-3, 1 - 1e-3))
        beyond = np.average(effect**2 - noise, weights=np.maximum(posterior, 1e-12))
        spread = max(float(beyond), 1e-6)
    return posterior
