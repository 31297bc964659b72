"""The catalogue: each metric is one aggregate over one grain."""
