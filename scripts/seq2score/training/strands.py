"""Whether a network should read both strands: settled by the validation set, before it is trained.

A fit of the network for each way would take twice the time. A kernel ridge regression tells as much
in seconds: it may count k-mers of one strand or of both, and may look at where letters stand. If
validation is best with k-mers of both strands and no places, the strand does not matter.
"""

import logging

from seq2score.models import kernel
from seq2score.models.features import SHORT
from seq2score.models.network import Network
from seq2score.models.strands import StrandedNetwork
from seq2score.training.batches import Sets
from seq2score.training.fitting import gathered

GAPS = 5  # of the kernel's words, as the schema has it


def settle(network: Network, sets: Sets, length: int, outputs: int, seed: int) -> None:
    """Let a network whose `strands` are `auto` read both, or one: always one where all are short.

    Where a dataset shows either strand already (`reverse_complement`), there is nothing to settle.

    Parameters
    ----------
    network
        That is to be trained.
    sets
        That it learns from.
    length
        Letters of a construct.
    outputs
        Of the network.
    seed
        Of the kernel regression.
    """
    reading = [part for part in network.modules() if isinstance(part, StrandedNetwork)]
    reading = [part for part in reading if part.strands == "auto"]
    if not reading or sets.both_strands or length <= SHORT:
        return
    train, validation = (gathered(part, seed) for part in (sets.train, sets.validation))
    both = kernel.Model(length, outputs, gaps=GAPS).sees_no_strand(train, validation, seed)
    for part in reading:
        part.both.fill_(both)
    logging.info("strands: %s, by the validation set", "both" if both else "one")
