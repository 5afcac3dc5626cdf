"""Which goals a search can have, and when one leads too far; without numpy: asked before jobs."""

from collections.abc import Sequence

# A note of a design, which the report looks for.
BEYOND = "predicted beyond all that was measured: nothing is promised there"


def fits(
    objective: object, outputs: Sequence[str], classes: Sequence[str] | None = None
) -> str | None:
    """Why an objective does not fit what a model predicts; None where it does.

    outputs: the scores, none where the model tells classes. classes: their names, where known.
    """
    weights = objective if isinstance(objective, dict) else None
    if not outputs:
        name = weights.get("class") if weights and len(weights) == 1 else None
        if isinstance(name, str) and (classes is None or name in classes):
            return None
        names = f", of {', '.join(classes)}" if classes else ""
        return f"this model tells classes. Allowed: {{class: NAME}}{names}"
    if weights is not None:
        known = {"target"} | {*outputs} if len(outputs) == 1 else {*outputs}
        numbers = not any(isinstance(x, str) for x in weights.values())
        alone = "target" not in weights or len(weights) == 1 or "target" in outputs
        if weights and set(weights) <= known and numbers and alone:
            return None
    elif len(outputs) == 1:
        return None
    of_one = "one score: maximize | minimize | {target: number}"
    name = "several scores: a mapping of their names to weights" if len(outputs) > 1 else of_one
    return f"{objective} does not fit. Allowed with {name}, of {', '.join(outputs)}"
