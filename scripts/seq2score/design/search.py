"""Ways to search for the best sequences that are allowed.

All of them see the model through one function, for many sequences at once, and the constraints
through another; none returns a sequence that is not allowed. `Search.progress` is the best and the
middle of the sequences after each round.

What a method finds is then looked around in (`around_the_best`), until nothing near is better.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from seq2score.design.constraints import Constraints
from seq2score.design.feasibility import changed

MOST_SEQUENCES = 4**10  # that an exhaustive search may look at
AT_ONCE = 1 << 14
ROUNDS = 120
PATIENCE = 15  # rounds without anything better
MOST_NEAR = 4**8  # sequences that are looked at around the best: all there are of 8 letters
POPULATION = 8  # sequences a design that is wanted
SMALLEST = 64  # population
PROPOSALS = 24  # that gradients propose for a sequence, each round
TOGETHER = 3  # most letters that a child differs from its parents in

Fitness = Callable[[np.ndarray], np.ndarray]
Gradients = Callable[[np.ndarray], np.ndarray]


@dataclass
class Search:
    """What a search knows and counts.

    fitness: from encoded sequences to float (n,), the higher the better. count: designs that are
    wanted, and distance: positions in which each two of them differ at least. gradients: from
    encoded sequences to the gradient of the goal at each letter, float (n, 4, length); None for
    models without.
    """

    constraints: Constraints
    fitness: Fitness
    random: np.random.Generator
    count: int = 1
    distance: int = 1
    gradients: Gradients | None = None
    progress: list[dict] = field(default_factory=list)
    looked_at: int = 0

    def of(self, encoded: np.ndarray) -> np.ndarray:
        """Fitness of sequences, a batch at a time."""
        self.looked_at += len(encoded)
        parts = [self.fitness(encoded[i : i + AT_ONCE]) for i in range(0, len(encoded), AT_ONCE)]
        return np.concatenate([np.empty(0), *parts])

    @property
    def best(self) -> float:
        """The best so far."""
        return self.progress[-1]["best"] if self.progress else -np.inf

    def note(self, fitness: np.ndarray) -> None:
        """Keep how far the search has come."""
        middle, best = (float(value) for value in np.quantile(fitness, [0.5, 1]))
        row = {"round": len(self.progress), "sequences": self.looked_at}
        self.progress.append({**row, "best": best, "middle": middle})


# From sequences and their starts to changed sequences, and the row that each is of.
Propose = Callable[[Search, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
Candidates = tuple[np.ndarray, np.ndarray, np.ndarray]  # codes, which start of each, fitness


def exhaustive(search: Search, encoded: np.ndarray, starts: np.ndarray) -> Candidates:
    """Every sequence that the template allows; for constraints that the start is nothing to."""
    choices = [np.flatnonzero(allowed).astype(np.uint8) for allowed in search.constraints.template]
    total = int(np.prod([len(choice) for choice in choices]))
    kept, values = [np.empty((0, len(choices)), np.uint8)], [np.empty(0)]
    for begin in range(0, total, AT_ONCE):
        number = np.arange(begin, min(begin + AT_ONCE, total))
        columns = []
        for choice in choices:
            columns.append(choice[number % len(choice)])
            number = number // len(choice)
        block = np.stack(columns, axis=1)
        block = block[search.constraints.total(block, block) == 0]
        if len(block):
            kept.append(block)
            values.append(search.of(block))
            search.note(np.append(values[-1], search.best))
    allowed = np.concatenate(kept)
    return allowed, np.full(len(allowed), -1), np.concatenate(values)


def _concatenated(parts: Sequence[Candidates]) -> Candidates:
    encoded, origin, values = (np.concatenate(part) for part in zip(*parts, strict=True))
    return encoded, origin, values


def size(constraints: Constraints) -> float:
    """How many sequences the template allows."""
    return float(np.prod(constraints.template.sum(axis=1), dtype=float))


def greedy(search: Search, encoded: np.ndarray, starts: np.ndarray) -> Candidates:
    """From each sequence the best single change, again and again until none helps."""
    return _climb(search, encoded, starts, _all_single)


def gradient(search: Search, encoded: np.ndarray, starts: np.ndarray) -> Candidates:
    """As `greedy`, but only what the gradients of the model promise most is tried.

    The first-order proposals of ledidi and of gradient-guided Gibbs sampling (Grathwohl and others
    2021); unlike there, each is predicted before it is taken, so that no step is one downwards.
    """
    return _climb(search, encoded, starts, _by_gradient)


def _climb(search: Search, encoded: np.ndarray, starts: np.ndarray, propose: Propose) -> Candidates:
    encoded, values = encoded.copy(), search.of(encoded)
    active = np.arange(len(encoded))
    passed = [(encoded.copy(), active, values.copy())]
    search.note(values)
    for _ in range(ROUNDS):
        tried, row = propose(search, encoded[active], starts[active])
        fits = search.constraints.total(tried, starts[active[row]]) == 0
        tried, row = tried[fits], row[fits]
        values_tried = search.of(tried)
        best = np.full(len(active), -np.inf)
        np.maximum.at(best, row, values_tried)
        order = np.argsort(values_tried, kind="stable")
        chosen = np.zeros(len(active), int)
        chosen[row[order]] = order  # the last to be written is the best
        better = best > values[active]
        encoded[active[better]] = tried[chosen[better]]
        values[active] = np.maximum(values[active], best)
        active = active[better]
        passed.append((encoded[active], active, values[active]))
        search.note(values)
        if not len(active):
            break
    return _concatenated(passed)


def _all_single(
    search: Search, encoded: np.ndarray, starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Every change of one letter that the template allows, and the row that it is of."""
    allowed = search.constraints.allowed(starts)
    rows, places = np.indices(encoded.shape)
    allowed[rows, places, np.minimum(encoded, 3)] = False
    row, position, letter = np.nonzero(allowed)
    tried = encoded[row]
    tried[np.arange(len(row)), position] = letter
    return tried, row


def _by_gradient(
    search: Search, encoded: np.ndarray, starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The most promising changes of one letter, and as many of two or three of them at once."""
    assert search.gradients is not None, "the config lets only models with gradients search so"
    allowed = search.constraints.allowed(starts)
    gradients = np.moveaxis(search.gradients(encoded), 1, 2)
    rows, places = np.indices(encoded.shape)
    gain = gradients - gradients[rows, places, np.minimum(encoded, 3)][:, :, None]
    allowed[rows, places, np.minimum(encoded, 3)] = False
    gain = np.where(allowed, gain, -np.inf).reshape(len(encoded), -1)
    most = min(2 * PROPOSALS, gain.shape[1])
    ranked = np.argsort(-gain, axis=1, kind="stable")[:, :most]
    single = [_with(encoded, ranked[:, [rank]]) for rank in range(min(PROPOSALS, most))]
    several = []
    for _ in range(PROPOSALS):
        number = search.random.integers(2, TOGETHER + 1)
        ranks = np.minimum(
            search.random.exponential(most / 6, size=(len(encoded), number)).astype(int), most - 1
        )
        several.append(_with(encoded, np.take_along_axis(ranked, ranks, axis=1)))
    tried = np.stack([*single, *several], axis=1)
    row = np.repeat(np.arange(len(encoded)), tried.shape[1])
    return tried.reshape(-1, encoded.shape[1]), row


def _with(encoded: np.ndarray, changes: np.ndarray) -> np.ndarray:
    """Sequences with changes made to them, each 4 * position + letter: int (n, changes)."""
    new, rows = encoded.copy(), np.arange(len(encoded))
    for change in changes.T:
        new[rows, change // 4] = change % 4
    return new


def evolutionary(search: Search, encoded: np.ndarray, starts: np.ndarray) -> Candidates:
    """A population whose children mix two parents and change a few letters; the best live on.

    No more than a few of those that lie too near to each other to be two designs, so that the
    population does not end around one of them (clearing, Petrowski 1996). Parents are drawn by
    rank, those first that are designs of their own; those of one start only mix where it matters
    to the constraints.
    """
    target = max(SMALLEST, POPULATION * search.count)
    each = 1 if search.distance <= 1 else POPULATION
    origin = np.resize(np.arange(len(encoded)), max(target, len(encoded)))
    population, values = encoded[origin], search.of(encoded)[origin]
    search.note(values)
    waited, reached = 0, -np.inf
    for _ in range(ROUNDS):
        children, parent = _children(search, population, origin, starts, target)
        population, index = np.unique(np.vstack([population, children]), axis=0, return_index=True)
        origin = np.concatenate([origin, parent])[index]
        new = index >= len(values)
        known = np.empty(len(index))
        known[~new], known[new] = values[index[~new]], search.of(population[new])
        groups = niches(population, known, target // each, search.distance, each)
        first = np.concatenate([rows[nth : nth + 1] for nth in range(each) for rows in groups])
        population, origin, values = population[first], origin[first], known[first]
        search.note(values)
        before, reached = reached, values[: min(search.count, len(groups))].mean()
        waited = 0 if reached > before else waited + 1
        if waited > PATIENCE:
            break
    return population, origin, values


def _children(
    search: Search, population: np.ndarray, origin: np.ndarray, starts: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Allowed children of a ranked population, `count` at most, and the start that each is of."""
    bound = search.constraints.edits is not None or search.constraints.protected is not None
    rank = search.random.exponential(len(population) / 4, size=(2, count)).astype(int)
    mother, father = np.minimum(rank, len(population) - 1)
    father = np.where(bound & (origin[father] != origin[mother]), mother, father)
    children = _crossed(population[mother], population[father], search.random)
    parent = origin[mother]
    children = changed(search.constraints, children, starts[parent], search.random, TOGETHER)
    fits = search.constraints.total(children, starts[parent]) == 0
    return children[fits], parent[fits]


def _crossed(first: np.ndarray, second: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The first sequences with a stretch of the second; half of them without."""
    ends = np.sort(random.integers(first.shape[1] + 1, size=(2, len(first), 1)), axis=0)
    places = np.arange(first.shape[1])
    inside = (places >= ends[0]) & (places < ends[1]) & (random.random((len(first), 1)) < 0.5)
    return np.where(inside, second, first)


METHODS = {
    "exhaustive": exhaustive,
    "greedy": greedy,
    "evolutionary": evolutionary,
    "gradient": gradient,
}


def niches(
    encoded: np.ndarray, values: np.ndarray, most: int, distance: int, each: int = 1
) -> list[np.ndarray]:
    """Rows of the best sequence, of the best of those that lie apart from it, and so on.

    `most` of them at most, each two of which differ in at least `distance` positions; each comes
    with the next best rows that do not lie apart from it, so that they are `each` at most. Equal
    sequences count once.
    """
    order = np.argsort(-values, kind="stable")
    _, first = np.unique(encoded[order], axis=0, return_index=True)
    left = order[np.sort(first)]
    groups: list[np.ndarray] = []
    if distance <= 1:
        return list(left[:most, None])
    while len(left) and len(groups) < most:
        near = (encoded[left] != encoded[left[0]]).sum(axis=1) < distance
        groups.append(left[near][:each])
        left = left[~near]
    return groups


def apart(encoded: np.ndarray, values: np.ndarray, count: int, distance: int) -> np.ndarray:
    """The best sequences of which each two differ in at least `distance` positions: their rows."""
    return np.concatenate([np.empty(0, int), *niches(encoded, values, count, distance)])


def around_the_best(search: Search, candidates: Candidates, starts: np.ndarray) -> Candidates:
    """The candidates, and all that was looked at since: until nothing near the best is better.

    Looked at are all sequences that differ from the best in one letter, in two and so on. As soon
    as one is better, it is the one that is looked around. Where the template allows no more
    sequences than an exhaustive search looks at, these are as many as are MOST_NEAR together: all
    sequences of 8 letters. Elsewhere no more are predicted than the search itself has predicted.
    """
    small, before = size(search.constraints) <= MOST_SEQUENCES, search.looked_at
    encoded, origin, values = candidates
    best = int(values.argmax())
    code, of, value = encoded[best], origin[best], values[best]
    parts, better = [candidates], of >= 0
    while better:
        better = False
        most = MOST_NEAR if small else 2 * before - search.looked_at
        for ring in _rings(search.constraints, code, starts[of], most):
            begun = np.broadcast_to(starts[of], ring.shape)
            ring = ring[search.constraints.total(ring, begun) == 0]
            fitness = search.of(ring)
            parts.append((ring, np.full(len(ring), of), fitness))
            if better := len(fitness) and fitness.max() > value:
                code, value = ring[fitness.argmax()], fitness.max()
                search.note(np.append(values, value))
                break
    return _concatenated(parts)


def _rings(
    constraints: Constraints, code: np.ndarray, start: np.ndarray, most: int
) -> Iterator[np.ndarray]:
    """Sequences that differ from one in one letter, in two and so on: uint8 (n, length) each.

    As many whole rings as are `most` sequences together.
    """
    other = constraints.allowed(start[None])[0]
    other[np.arange(len(code)), np.minimum(code, 3)] = False
    ring, last, total = code[None], np.array([-1]), 0
    while True:
        after = np.arange(len(code)) > last[:, None]
        total += (after * other.sum(axis=1)).sum()
        if not after.any() or total > most:
            return
        row, last, letter = np.nonzero(after[:, :, None] & other)
        ring = ring[row]
        ring[np.arange(len(row)), last] = letter
        yield ring
