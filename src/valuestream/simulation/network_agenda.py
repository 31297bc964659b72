"""What happens next in a plain network: ends of services only, so a heap of them without a kind."""

from __future__ import annotations

from valuestream.simulation.kernel import part


@part
def sink(heap, n, t, seq, which, moved):  # type: ignore[no-untyped-def]
    """Put an event in the place of the first, and let it sink. Behind the last event stands one that never comes."""
    k, down = 0, 1
    while down < n:
        left, right = heap[down], heap[down + 1]
        later = (right.at < left.at) | ((right.at == left.at) & (right.seq < left.seq))
        down = down + 1 if later else down
        first = heap[down]
        if t < first.at or (moved and t == first.at and seq < first.seq):
            break
        here = heap[k]
        here.at, here.seq, here.which = first.at, first.seq, first.which
        k = down
        down = 2 * k + 1
    here = heap[k]
    here.at, here.seq, here.which = t, seq, which


@part
def rise(heap, n, t, seq, which):  # type: ignore[no-untyped-def]
    """Add an event to n others."""
    k = n
    while k > 0:
        up = heap[(k - 1) >> 1]
        if up.at <= t:
            break
        here = heap[k]
        here.at, here.seq, here.which = up.at, up.seq, up.which
        k = (k - 1) >> 1
    here = heap[k]
    here.at, here.seq, here.which = t, seq, which
