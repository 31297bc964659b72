"""Answers that need more than one aggregate."""
