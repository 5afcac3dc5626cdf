"""Training: from sequences with scores to the weights of a network."""
