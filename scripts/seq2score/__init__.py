"""From DNA sequences with measured scores to models that can be trusted and understood.

The modules form a ladder, each importing only what stands below it:
sequences, splits, models, training, evaluation, motifs, figures.
"""

__version__ = "0.1.0"
