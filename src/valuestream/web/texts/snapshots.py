"""Snapshots and their comparison."""

from __future__ import annotations

TEXTS = {
    "snapshots.title": "Snapshots",
    "snapshots.lead": "A snapshot keeps figures, items and the stream's file as they are; nothing later changes it.",
    "snapshots.name": "Name",
    "snapshots.take": "Take a snapshot",
    "snapshots.of": "of {stream}",
    "snapshots.filtered": "in the period and with the filters of this address",
    "snapshots.none": "There is no snapshot yet. Take one before something changes: then it can be compared.",
    "snapshots.no_stream": "There is no stream to take a snapshot of yet: import a file first.",
    "snapshots.taken": "Taken (UTC)",
    "snapshots.a": "From",
    "snapshots.b": "To",
    "snapshots.as_a": "Compare from {name}",
    "snapshots.as_b": "Compare to {name}",
    "snapshots.whole": "every figure, not only those beyond their interval",
    "snapshots.compare": "Compare",
    "snapshots.changed": "What changed from {a} to {b}",
    "snapshots.beyond": "{n} of {of} figures differ by more than chance would make.",
    "snapshots.items": "Finished items: {both} in both, {a} only in the first, {b} only in the second.",
    "snapshots.config": "The stream's file changed: {what}.",
    "snapshots.difference": "Difference",
    "snapshots.interval": "95 % interval",
    "snapshots.between": "{low} to {high}",
    "snapshots.verdict": "Verdict",
    "snapshots.within": "not distinguishable from chance",
}
