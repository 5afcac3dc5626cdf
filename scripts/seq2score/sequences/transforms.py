"""What `score_transform` makes of a score, and back: numpy functions by name."""

from collections.abc import Callable

import numpy as np

Transform = Callable[[np.ndarray], np.ndarray]  # float of any shape, to the same shape

FORTH: dict[str, Transform] = {"none": lambda score: score, "log2": np.log2, "log1p": np.log1p}
BACK: dict[str, Transform] = {"none": lambda score: score, "log2": np.exp2, "log1p": np.expm1}
EXPRESSIONS = {"none": "{}", "log2": "log2({})", "log1p": "log(1 + {})"}  # for readers
