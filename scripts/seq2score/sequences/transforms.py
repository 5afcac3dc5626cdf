"""What `score_transform` makes of a score, and back: numpy functions by name."""

import numpy as np

FORTH = {"none": lambda score: score, "log2": np.log2, "log1p": np.log1p}
BACK = {"none": lambda score: score, "log2": np.exp2, "log1p": np.expm1}
EXPRESSIONS = {"none": "{}", "log2": "log2({})", "log1p": "log(1 + {})"}  # for readers
