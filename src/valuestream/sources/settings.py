"""Settings of a source as valuestream.yaml has them -> the connector that reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from valuestream.sources.decode import needed
from valuestream.sources.github import PUBLIC as GITHUB
from valuestream.sources.github import WHAT as OF_A_REPOSITORY
from valuestream.sources.github import GitHub
from valuestream.sources.gitlab import PUBLIC as GITLAB
from valuestream.sources.gitlab import WHAT as OF_A_PROJECT
from valuestream.sources.gitlab import GitLab
from valuestream.sources.jira import Jira
from valuestream.sources.redmine import Redmine
from valuestream.sources.walk import Rules

Settings = Mapping[str, Any]


def jira(said: Settings) -> Jira:
    projects = tuple(said.get("projects") or ("*",))
    return Jira(said["url"], said["token"], said.get("user") or "", projects, _earliest(said), _page(said))


def github(said: Settings) -> GitHub:
    what = tuple(said.get("read") or OF_A_REPOSITORY)
    url = said.get("url") or GITHUB
    return GitHub(tuple(said["repos"]), said.get("token") or "", url, what, _rules(said), _earliest(said), _page(said))


def gitlab(said: Settings) -> GitLab:
    what = tuple(said.get("read") or OF_A_PROJECT)
    url = said.get("url") or GITLAB
    return GitLab(
        tuple(said["projects"]), said.get("token") or "", url, what, _rules(said), _earliest(said), _page(said)
    )


def redmine(said: Settings) -> Redmine:
    projects = tuple(said.get("projects") or ())
    return Redmine(said["url"], said["token"], projects, _earliest(said), said.get("zone") or "UTC", _page(said))


def _rules(said: Settings) -> Rules:
    blocked = said.get("blocked")
    return Rules(tuple(said.get("states") or ()), Rules().blocked if blocked is None else tuple(blocked))


def _earliest(said: Settings) -> int | None:
    return needed(said["since"]) if said.get("since") else None


def _page(said: Settings) -> int:
    return int(said.get("page") or 100)
