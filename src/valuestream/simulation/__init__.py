"""The simulator: a model, written by hand or fitted from visits, run by an event loop; its answer is visits again."""
