"""What is said to Jira Cloud, and what its tool in memory says, held against its schemas in npm's jira.js."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from live import synced
from valuestream.sources.rehearsal_jira import rehearsal

NODE, MODULES = os.environ.get("VSM_TEST_NODE"), os.environ.get("VSM_TEST_OCTOKIT")
SCRIPT = Path(__file__).parents[1] / "scripts" / "servers" / "jira_schemas.mjs"

pytestmark = pytest.mark.skipif(not (NODE and MODULES), reason="no jira.js here: `make test-servers` fetches it")

ROUTES = {
    "/serverInfo": (None, "ServerInformation"),
    "/myself": (None, "UserDetails"),
    "/status": (None, "StatusDetails"),
    "/field": (None, "FieldDetails"),
    "/search/jql": ("SearchAndReconcileRequest", "SearchAndReconcileResults"),
    "/changelog/bulkfetch": ("BulkChangelogRequest", "BulkChangelogResponse"),
}
"""End of a path -> the schemas of its request and of its answer, or of each entry of a list."""


def unfit(told: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    """What does not fit its schema, and why."""
    assert NODE
    assert MODULES
    lines = "".join(json.dumps({"schema": schema, "data": data}) + "\n" for schema, data in told)
    ran = subprocess.run([NODE, str(SCRIPT), MODULES], input=lines, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_what_is_said_to_jira_cloud_and_what_it_says_fit_its_schemas():
    """A first sync, its comparison of ids, and what a check asks."""
    tool = rehearsal()
    told: list[tuple[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        said = tool.answer(request)
        for end, (asked, answered) in ROUTES.items():
            if request.url.path.endswith(end):
                data = json.loads(said.content)
                told.extend([(asked, json.loads(request.content))] if asked else [])
                told.extend((answered, one) for one in (data if isinstance(data, list) else [data]))
        return said

    synced(tool.connector(), answer, compare=True)
    seen = Counter(schema for schema, _ in told)
    assert set(seen) == {name for pair in ROUTES.values() for name in pair if name}
    assert unfit(told) == []


def test_the_schemas_notice_what_does_not_fit():
    wrong = unfit(
        [
            ("SearchAndReconcileRequest", {"jql": "project = A", "maxResults": "100"}),
            ("BulkChangelogRequest", {"fieldIds": ["status"]}),
            ("BulkChangelogResponse", {"issueChangeLogs": [{"issueId": 7}]}),
            ("BulkChangelogRequest", {"issueIdsOrKeys": ["1"]}),
        ]
    )
    assert [one["schema"] for one in wrong] == [
        "SearchAndReconcileRequest", "BulkChangelogRequest", "BulkChangelogResponse",
    ]  # fmt: skip
