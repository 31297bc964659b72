"""The map as SVG, tables as text."""
