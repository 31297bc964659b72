"""Map and discover documents that are like the real ones, for the tests of the pictures."""

from __future__ import annotations

import itertools
from typing import Any

H, D = 3_600.0, 86_400.0
Doc = dict[str, Any]


def spread(mean: float | None, n: int = 412) -> Doc:
    if mean is None:
        return {"n": 0, "mean": None, "p50": None, "p85": None, "p95": None}
    if n < 10:
        return {"n": n, "mean": mean, "p50": None, "p85": None, "p95": None}
    return {"n": n, "mean": mean, "p50": mean * 0.7, "p85": mean * 1.8, "p95": mean * 3.1}


def figure(value: float | None, n: int = 412, provenance: str = "state-derived", **excluded: int) -> Doc:
    rows = [{"reason": reason.replace("_", " "), "n": k} for reason, k in excluded.items()]
    return {"value": value, "n": n, "excluded": rows, "provenance": provenance}


def stage(name: str, wait: float | None, active: float | None, **more: Any) -> Doc:
    """A stage; `wait` and `active` are seconds a finished item, all passes summed."""
    external = more.get("kind") == "external"
    made: Doc = {
        "name": name, "kind": "logged", "team": None, "visits": 430,
        "active_s": spread(None if external else active and active * 0.93),
        "wait_s": spread(wait and wait * 0.93),
        "per_item_s": {"active": active or 0.0, "wait": wait or 0.0},
        "ca": figure(None if external else 0.96), "returned_to": {},
        "batch": {"mean": 1.0, "as_experienced": 1.0, "n": 412, "largest": 1},
        "people": figure(1.3), "transfers": figure(0.4),
        "arrivals_per_week": 23.4, "departures_per_week": 23.1,
        "wip": {"n": 9, "queue": 0 if external else 3, "work": 0 if external else 5, "blocked": 0,
                "external": 4 if external else 0},
        "working": None, "longest_wait": False, "provenance": "state-derived",
    }  # fmt: skip
    return made | more


def document(name: str, stages: list[Doc], n: int = 2_310, **more: Any) -> Doc:
    active = sum(s["per_item_s"]["active"] for s in stages)
    wait = sum(s["per_item_s"]["wait"] for s in stages)
    totals = {
        "lead_time_s": spread(active + wait, n), "cycle_time_s": spread((active + wait) * 0.8, n),
        "delivery_time_s": None, "active_s": spread(active, n), "wait_s": spread(wait, n),
        "flow_efficiency": figure(active / (active + wait) if active + wait else None, n),
        "touch_days": figure(0.31, n), "throughput_per_week": figure(23.1, 39), "arrivals_per_week": figure(23.4, 39),
        "flow_load": figure(41, 1), "open_age_s": spread(6 * D, 41), "rolled_ca": figure(0.58, n),
        "first_pass_yield": figure(0.66, n), "rework_share": figure(0.14, n),
        "flow_distribution": {"feature": 1_400, "defect": 700, "debt": 210},
    }  # fmt: skip
    made: Doc = {
        "schema": "vsm.map/1", "stream": name, "guessed": False, "as_of": "2026-10-01T00:00:00Z",
        "window": {"since": "2026-01-01T00:00:00Z", "until": "2026-10-01T00:00:00Z"}, "filters": {},
        "clock": "elapsed", "zone": "Europe/Berlin", "app": "0.1.0",
        "items": {"finished": n, "open": 41, "cancelled": 12}, "totals": totals, "stages": stages,
        "transitions": [], "returns": [], "grey": None,
        "charter": {"customer": None, "trigger": None, "owner": None, "demand": None},
        "findings": [], "excluded": [], "notes": [],
    }  # fmt: skip
    names = ["(start)", *(s["name"] for s in stages if s["kind"] != "reopened"), "(done)"]
    made["transitions"] = [
        {"from": a, "to": b, "n": n, "mean_s": 5 * H, "p50_s": 2 * H, "p85_s": 9 * H}
        for a, b in itertools.pairwise(names)
    ]
    return made | more


def software() -> Doc:
    """Six stages of a product team: a slow approval in batches, two strong returns, three small ones."""
    stages = [
        stage("Discovery", 23.5 * H, 12.3 * H, team="Product"),
        stage("Development", 4.7 * H, 24.1 * H, team="Blue", wip={"n": 9, "queue": 1, "work": 8, "blocked": 1}),
        stage("Code review", 14.1 * H, 4.7 * H, team="Blue", ca=figure(0.88), returned_to={"Development": 51}),
        stage("Testing", 4.0 * H, 9.2 * H, team="Quality", ca=figure(0.82), provenance="measured"),
        stage(
            "Approval", 48.2 * H, 2.1 * H, team="Release board", longest_wait=True, ca=figure(0.99),
            batch={"mean": 6.2, "as_experienced": 14.0, "n": 70, "largest": 31}, departures_per_week=11.5,
            wip={"n": 9, "queue": 27, "work": 1, "blocked": 0, "external": 0},
        ),
        stage("Deploy", 9.4 * H, 1.5 * H, team="Platform", ca=figure(None, 0), transfers=figure(None, 0)),
    ]  # fmt: skip
    returns = [
        {"from": "Testing", "to": "Development", "n": 412, "share": 0.18},
        {"from": "Code review", "to": "Development", "n": 281, "share": 0.12},
        {"from": "Testing", "to": "Code review", "n": 61, "share": 0.03},
        {"from": "Approval", "to": "Development", "n": 30, "share": 0.02},
        {"from": "Deploy", "to": "Testing", "n": 9, "share": 0.004},
    ]
    return document(
        "idea to production", stages, returns=returns, filters={"team": ["Blue", "Green"]},
        charter={"customer": "Subscribers", "trigger": "A feature is asked for", "owner": "Ada", "demand": 25},
        findings=[{
            "kind": "waiting", "title": "Items wait 2.0 d for Approval, which rejects nobody", "n": 412,
            "sentence": "No rejection in 412; adds 2.0 d; items leave in batches of 6.2; reason recorded: none.",
            "items": ["APP-12", "APP-44", "APP-301"],
        }],
        excluded=[{"reason": "without an observed start", "n": 116}, {"reason": "in unmapped states", "n": 7}],
        notes=["Approval: 3 bulk updates are shown apart from batches."],
    )  # fmt: skip


def help_desk() -> Doc:
    """Four stages, one of them outside, reopened items, a grey block, active time known for some."""
    stages = [
        stage(
            "Triage", 1.2 * H, 0.3 * H, team="First line", wip={"n": 1_300, "queue": 1_234, "work": 66, "blocked": 0}
        ),
        stage("Diagnose", 6.4 * H, 3.1 * H, team="Support"),
        stage("Awaiting user info", 61 * H, None, kind="external", longest_wait=True),
        stage("Fix", 5.5 * H, 2.5 * H, team="Support"),
        stage("(done)", 7.5 * H, None, kind="reopened"),
    ]
    made = document(
        "ticket to resolution", stages, 23_090, guessed=True, grey={"wait_s": spread(5.2 * H, 23_090)},
        returns=[
            {"from": "Fix", "to": "Diagnose", "n": 2_300, "share": 0.1},
            {"from": "(done)", "to": "Diagnose", "n": 1_200, "share": 0.052},
        ],
        charter={"customer": "Employees", "trigger": "A ticket is raised", "owner": None, "demand": "480 per week"},
        excluded=[{"reason": "first seen in Resolved, no observed start", "n": 1_816}],
    )  # fmt: skip
    made["totals"]["active_s"]["n"] = 15_010
    return made


def fifteen() -> Doc:
    """Fifteen stages with long names, returns within a row and from row to row."""
    names = [
        "Request received and registered", "Eligibility check", "Assessment of environmental impact",
        "Assignment to a case worker", "Completeness check by the second department", "Hearing of the neighbours",
        "Donaudampfschifffahrtsgesellschaftskapitänsprüfung", "Legal review", "Technical review", "Fee calculation",
        "Waiting for the applicant's reply", "Draft of the decision", "Four-eyes sign-off by head of division",
        "Dispatch", "Archive",
    ]  # fmt: skip
    team = "Division for planning and building"
    stages = [
        stage(name, (7 + 13 * i % 11) * H, (1 + 5 * i % 7) * H / 3, team=team if i % 3 else None)
        for i, name in enumerate(names)
    ]  # fmt: skip
    stages[10] = stage(names[10], 200 * H, None, kind="external", longest_wait=True)
    arcs = [(4, 0, 90, 0.21), (3, 2, 40, 0.07), (4, 1, 41, 0.08), (8, 2, 33, 0.09), (12, 6, 66, 0.16),
            (12, 11, 70, 0.17), (9, 7, 20, 0.06), (8, 7, 3, 0.01)]  # fmt: skip
    returns = [{"from": names[a], "to": names[b], "n": n, "share": part} for a, b, n, part in arcs]
    charter = {
        "customer": "Citizens who build",
        "trigger": "An application is filed",
        "owner": None,
        "demand": "30 a week",
    }
    return document("building permit, from application to archive", stages, returns=returns, charter=charter)


def empty() -> Doc:
    """Stages and open items, nothing finished."""
    stages = [stage(name, None, None, visits=0, ca=figure(None, 0), people=figure(None, 0), transfers=figure(None, 0),
                    batch={"mean": None, "as_experienced": None, "n": 0, "largest": None},
                    departures_per_week=None) for name in ("Do", "Check", "Ship")]  # fmt: skip
    made = document("young stream", stages, 0, notes=["No items finished between 1 and 14 March for team Blue."])
    for key in ("lead_time_s", "cycle_time_s", "active_s", "wait_s"):
        made["totals"][key] = spread(None)
    made["totals"]["throughput_per_week"] = figure(0, 2)
    made["totals"]["rolled_ca"] = figure(None, 0)
    return made


def one_stage() -> Doc:
    return document("one step", [stage("Work", 2 * D, 1 * D)], 8)


def extremes() -> Doc:
    """From a second to three years in one stream, and a stage that every item skipped."""
    stages = [
        stage("Click", 0.2, 1.0), stage("Skipped", 0.0, 0.0), stage("Build", 40.0, 300.0),
        stage("Committee", 1_100 * D, 30 * 60.0, longest_wait=True,
              wip={"n": 99_999, "queue": 123_456, "work": 7, "blocked": 12_345}),
        stage("Deploy", 10.0, 90.0), stage("Verify", 5.0, 61.0), stage("Tell", 0.0, 2.0),
    ]  # fmt: skip
    return document("seconds and years", stages)


def nasty() -> Doc:
    """Names that want to be markup, escape codes, turned text or very long."""
    names = [
        '<script>alert("1")</script>',
        "a & b",
        "\x1b[31mred\x00",
        "\u202eturned",
        "待ち行列の処理段階とその後",
        "x" * 200,
        "'\"]]>",
    ]
    stages = [stage(name, 3 * H, H, team='<b>&"team') for name in names]
    return document(
        '</title><script>&"', stages, guessed=True,
        returns=[{"from": names[3], "to": names[0], "n": 4, "share": 0.3}],
        charter={"customer": "<img src=x>", "trigger": "y" * 120, "owner": None, "demand": "<1>"},
        notes=["<script>&"], excluded=[{"reason": "<&\x07", "n": 3}], filters={"<k>": "</svg>"},
        findings=[{"kind": "k", "title": "</a>" * 60, "sentence": "z" * 300, "items": ["<A&1>"] * 40, "n": 40}],
    )  # fmt: skip


def no_stages() -> Doc:
    return empty() | {"stages": [], "transitions": []}


SAMPLES = {
    "software": software, "help_desk": help_desk, "fifteen": fifteen, "empty": empty, "one_stage": one_stage,
    "extremes": extremes, "nasty": nasty, "no_stages": no_stages,
}  # fmt: skip


def discovered() -> Doc:
    """What `discover` says of a log of eight states with an awkward name."""
    states = ["New", "Active", "Awaiting User Info", "Awaiting Vendor", "Resolved", "Closed", "<b>\x1b[2J", "w" * 150]
    return {
        "schema": "vsm.discover/1", "events": 141_712, "items": 24_918,
        "states": [{"state": s, "n": 40_000 - 4_900 * i, "items": 24_918 - 3_000 * i, "revisited_share": 0.31 / (i + 1)}
                   for i, s in enumerate(states)],
        "transitions": [{"from": a, "to": b, "n": 30_000 // (i + 1), "mean_s": D / (i + 1), "p50_s": H, "p85_s": 2 * D}
                        for i, (a, b) in enumerate(zip(states, [*states[1:], "New"], strict=True))],
        "variants": [{"path": ["New", "Active", "Resolved", "Closed"], "n": 9_200}, {"path": states * 3, "n": 3}],
        "variant_count": 1_882, "starts": {"New": 23_100, "Resolved": 1_816}, "ends": {"Closed": 24_900},
        "throughput_per_week": [{"week": f"2016-W{w:02d}", "n": (w != 7) * (400 + 37 * w % 90)} for w in range(1, 31)],
        "arrivals_per_week": [{"week": f"2016-W{w:02d}", "n": 420 + 31 * w % 80} for w in range(1, 31)],
        "lead_time_s": {"n": 24_918, "mean": 7 * D, "p50": 22 * H, "p85": 11.6 * D, "p95": 30 * D},
        "ties": {"groups": 12, "differing": 3}, "gaps": {"n": 3, "total_s": 9 * D},
        "transfers": {"n": 4, "of": 16},
        "notes": ["Times had no zone; read as UTC."],
    }  # fmt: skip
