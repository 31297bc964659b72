"""Chart cards, and the pages Flow and Stage that are made of them."""

from __future__ import annotations

TEXTS = {
    "chart.n": "n = {n}",
    "chart.table": "View as table",
    "chart.table_of": "Table: {name}",
    "chart.how": "How is this computed?",
    "chart.csv": "Download as CSV",
    "chart.svg": "Download as SVG",
    "chart.widen": "Show the whole period, all teams and types",
    "chart.to_mapping": "To the mapping",
    "chart.failed": "This chart could not be loaded: the server did not answer as it should.",
    "chart.none": "There is nothing to draw.",
    "chart.none_do": "Widen the period, or remove a filter.",
    "chart.kind": "chart",
    "chart.keys": "Arrow keys go from point to point, Enter opens one.",
    "flow.title": "Flow: {stream}",
    "flow.lead": "Is it getting better, what can we promise, and what needs attention?",
    "flow.compare": "Compare with the period before",
    "flow.compared": "Without the period before",
    "flow.earlier": "Has it changed since the period before?",
    "flow.earlier_json": "The comparison as JSON",
    "flow.figure": "Figure",
    "flow.before": "Before",
    "flow.after": "This period",
    "flow.n": "n before / now",
    "flow.verdict": "What can be said",
    "stage.title": "Stage: {stage}",
    "stage.lead": "How long it takes, how long it waits, and who hands to whom.",
    "stage.map": "The whole map",
}
