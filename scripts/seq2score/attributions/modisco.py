"""TF-MoDISco (Shrikumar and colleagues 2018) as tf-modisco-lite computes it: patterns of seqlets.

It brings leidenalg, which is GPL, so it is no package that the project installs by itself.
"""

import numpy as np

from seq2score.attributions import NOT_INSTALLED, no_patterns
from seq2score.attributions.attributed import Attributed
from seq2score.attributions.motifs import Motif
from seq2score.errors import InputError

CORE, FLANK = 14, 5  # of its seqlets; its 20 letters take two motifs that stand close for one
_AROUND = 10  # letters without any contribution, so that seqlets at the ends of sequences count
_FDR = 0.2  # of seqlets, as by default; what chance lets in is sorted out when they are clustered
_SEQLETS = 5000  # of each sign; more take long
_SHARE = 0.3  # of a pattern's strongest position, for a position that belongs to it


def patterns(one_hot: np.ndarray, hypothetical: np.ndarray, both_strands: bool) -> list[Motif]:
    """Patterns of either sign, those of most seqlets first; none where it finds none.

    Parameters
    ----------
    one_hot, hypothetical
        (n, 4, length), as in the files.
    both_strands
        Whether a motif is the same on both. TF-MoDISco always takes it so; where it is not, sites
        are read as they stand.

    Raises
    ------
    InputError
        Where it is not installed, with the command that does it.
    """
    try:
        from modiscolite.tfmodisco import TFMoDISco
    except ImportError:
        raise InputError(f"attributions.patterns: {NOT_INSTALLED}") from None
    around = ((0, 0), (_AROUND, _AROUND), (0, 0))
    letters, contributions = (
        np.pad(np.swapaxes(of, 1, 2).astype("float32"), around) for of in (one_hot, hypothetical)
    )
    by_sign = TFMoDISco(
        one_hot=letters,
        hypothetical_contribs=contributions,
        max_seqlets_per_metacluster=_SEQLETS,
        sliding_window_size=CORE,
        flank_size=FLANK,
        target_seqlet_fdr=_FDR,
        trim_to_window_size=CORE + 2 * FLANK,  # no pattern is shorter; with more it may fail
        n_leiden_runs=2,
        initial_flank_to_add=0,  # its default of 10 drops every seqlet of sequences of 100 letters
    )
    motifs = [
        _motif(pattern.seqlets, both_strands) for of_sign in by_sign for pattern in of_sign or []
    ]
    return sorted(motifs, key=lambda motif: -len(motif.sites))


def _motif(seqlets: list, both_strands: bool) -> Motif:
    """Aligned seqlets as a motif, cut to the positions that contribute.

    On one strand the seqlets that lie as most do, read as they stand: a palindrome that is turned
    round need not begin where it did, and what is none is another motif.
    """
    back = 2 * sum(seqlet.is_revcomp for seqlet in seqlets) > len(seqlets) and not both_strands
    if not both_strands:
        seqlets = [seqlet for seqlet in seqlets if seqlet.is_revcomp == back]
    step = -1 if back else 1
    counts, total = (
        sum(getattr(seqlet, name) for seqlet in seqlets)[::step, ::step]
        for name in ("sequence", "contrib_scores")
    )
    contribution = total.sum(axis=1) / len(seqlets)
    strong = np.flatnonzero(np.abs(contribution) >= _SHARE * np.abs(contribution).max())
    first, last = strong[0], strong[-1] + 1
    sites = [
        (
            seqlet.example_idx,
            seqlet.end - last if seqlet.is_revcomp and both_strands else seqlet.start + first,
        )
        for seqlet in seqlets
    ]
    counts = counts[first:last].T.astype(float)
    consensus = "".join("ACGT"[letter] for letter in counts.argmax(axis=0))
    seed = {"word": consensus, "q_value": None, "excess": float(contribution.sum())}
    return Motif(counts, contribution[first:last], np.array(sites) - (0, _AROUND), seed)


def find(attributed: Attributed, both_strands: bool) -> tuple[list[Motif], str]:
    """Patterns of these sequences, where they are enough and long enough.

    Parameters
    ----------
    attributed
        Sequences and contributions.
    both_strands
        As for `patterns`.

    Returns
    -------
    motifs : list of Motif
        The patterns.
    reason : str
        Why TF-MoDISco could not look; "" where it could.
    """
    count, _, length = attributed.one_hot.shape
    if reason := no_patterns(length, count):
        return [], reason
    return patterns(attributed.one_hot, attributed.hypothetical, both_strands), ""
