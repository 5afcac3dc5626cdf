"""From a trained model to predictions: loading, ensembles, units, and work that jobs share."""
