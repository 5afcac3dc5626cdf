"""How good are the predictions? Metrics with intervals, floors to compare with, spot checks."""
