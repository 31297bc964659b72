"""Events of one stream become visits, items and batches."""
