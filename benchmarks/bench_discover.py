"""Discovering a log costs at most a twentieth of pm4py's DFG, variants and rework on the same frame.

    python benchmarks/bench_discover.py --events 5000000

Both begin with the same raw frame of text and times, so both pay for sorting and coding it: pm4py in its
format_dataframe, a step it cannot do without. What pm4py takes without that step, against all of ours, is told as well:
it is no claim, since ours cannot be taken apart so. pm4py is only measured against, in an environment of its own
(`make bench`); where it is absent the claim is passed over with a word.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from measure import Claim, answer_job, cpu_s, log_file, measured, report

if TYPE_CHECKING:
    import pandas as pd

    from valuestream.log.event import Log

LEAST_RATIO = 20.0


def _frame(path: str) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(path)


def by_pm4py(path: str) -> Callable[[], Any]:
    """pm4py: the directly-follows graph with counts and times, variants, rework per activity."""
    import pm4py

    raw = _frame(path)

    def job() -> dict[str, float]:
        began = cpu_s()
        frame = pm4py.format_dataframe(raw, case_id="item", activity_key="state", timestamp_key="time")
        format_s = cpu_s() - began
        pm4py.discover_dfg(frame)
        transitions, _, _ = pm4py.discover_performance_dfg(frame)
        variants = pm4py.get_variants(frame)
        rework = pm4py.get_rework_cases_per_activity(frame)
        counts = {"transitions": len(transitions), "variants": len(variants), "rework": sum(rework.values())}
        return {**counts, "format_s": format_s}

    return job


def as_log(frame: pd.DataFrame) -> Log:
    """The frame's columns as a log."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    from valuestream.log.event import Kind, Log

    item, state = (pa.Array.from_pandas(frame[name]).dictionary_encode() for name in ("item", "state"))
    item, state = (column.combine_chunks() if hasattr(column, "chunks") else column for column in (item, state))
    return Log(
        name="frame",
        item=item.indices.to_numpy(),
        at=pd.DatetimeIndex(frame["time"]).as_unit("us").asi8,
        kind=np.full(len(frame), int(Kind.STATE), dtype=np.int8),
        value=state.indices.to_numpy(),
        items=item.dictionary.to_pylist(),
        words=state.dictionary.to_pylist(),
    )


def by_valuestream(path: str) -> Callable[[], Any]:
    """valuestream: everything that `vsm discover` knows."""
    from valuestream.analysis.discover import discover
    from valuestream.log.order import ordered

    frame = _frame(path)
    os.environ["VSM_KERNELS"] = "compiled"
    discover(ordered(as_log(frame.head(1000))))  # imports Numba and loads the kernels, as pm4py's import is prepared

    def job() -> dict[str, int]:
        found = discover(ordered(as_log(frame)))
        rework = sum(state.revisited for state in found.states)
        return {"transitions": len(found.transitions), "variants": len(found.variants), "rework": rework}

    return job


JOBS = {"pm4py": by_pm4py, "valuestream": by_valuestream}


def claims(events: int, repeat: int) -> list[Claim]:
    """Measure both on the same frame, after the kernels were compiled once on a small one."""
    if importlib.util.find_spec("pm4py") is None:
        print("pm4py is not installed: discover is not compared. `make bench` installs it apart.", file=sys.stderr)
        return []
    path = log_file(events)
    os.environ["VSM_KERNELS"] = "compiled"
    measured(__file__, "valuestream", log_file(20_000))
    del os.environ["VSM_KERNELS"]
    theirs = measured(__file__, "pm4py", path)
    ours = measured(__file__, "valuestream", path, repeat=repeat)
    print(f"{events:,} events: ours {ours.answer}, pm4py's {theirs.answer}", file=sys.stderr)
    text = f"discover of {events / 1e6:g} M events against pm4py"
    ratio = theirs.cpu_s / ours.cpu_s
    without = (theirs.cpu_s - theirs.answer["format_s"]) / ours.cpu_s
    print(f"without pm4py's format step ({theirs.answer['format_s']:.1f} CPU s): {without:.1f} x", file=sys.stderr)
    return [Claim(text, ratio, LEAST_RATIO, "x", f"{ours.cpu_s:.2f} CPU s", f"{theirs.cpu_s:.1f} CPU s", at_least=True)]


if __name__ == "__main__":
    if not answer_job(JOBS):
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--events", type=int, default=5_000_000)
        parser.add_argument("--repeat", type=int, default=2)
        chosen = parser.parse_args()
        sys.exit(report(claims(chosen.events, chosen.repeat)))
