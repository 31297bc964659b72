"""Bots told from people: what each tool says of an account, and what a workspace makes of it."""

from __future__ import annotations

import pytest

from valuestream.sources import github_people, gitlab_issues, jira_issues, redmine_issues
from valuestream.workspace_people import People


@pytest.mark.parametrize(
    ("account", "who"),
    [
        ({"login": "ada", "type": "User"}, ("ada", "human")),
        ({"login": "imported", "type": "Mannequin"}, ("imported", "human")),
        ({"login": "dependabot[bot]", "type": "Bot"}, ("dependabot[bot]", "bot")),
        ({"login": "renovate[bot]", "type": "User"}, ("renovate[bot]", "bot")),
        ({"login": "acme", "type": "Organization"}, ("acme", "unknown")),
        ({"name": "Ada", "email": "ada@example.org"}, ("Ada", "unknown")),  # of a commit: git knows no accounts
        ({"login": "ghost", "type": "User"}, (None, "unknown")),
        (None, (None, "unknown")),
    ],
)
def test_github_says_user_or_bot(account, who):
    assert github_people.person(account) == who


@pytest.mark.parametrize(
    ("account", "who"),
    [
        ({"id": 1, "username": "ada", "name": "Ada"}, ("ada", "human")),
        ({"id": 2, "username": "abbot", "name": "Abbot"}, ("abbot", "human")),
        ({"id": 3, "username": "project_278964_bot_aa7", "name": "deploy"}, ("project_278964_bot_aa7", "bot")),
        ({"id": 4, "username": "group_9970_bot", "name": "x"}, ("group_9970_bot", "bot")),
        ({"id": 5, "username": "gitlab-bot", "name": "GitLab Bot"}, ("gitlab-bot", "bot")),
        ({"id": 6, "username": "helper", "bot": True}, ("helper", "bot")),
        (
            {"id": 7, "username": "service_account_group_9_f00", "name": "ci"},
            ("service_account_group_9_f00", "service"),
        ),
        ({"name": "Ada"}, ("Ada", "unknown")),
        ({"id": 8, "username": "ghost"}, (None, "unknown")),
        ({}, (None, "unknown")),
    ],
)
def test_gitlabs_machines_have_names_of_a_form(account, who):
    assert gitlab_issues.person(account) == who


@pytest.mark.parametrize(
    ("kind", "said"),
    [("atlassian", "human"), ("customer", "human"), ("app", "bot"), ("unknown", "unknown"), (None, "unknown")],
)
def test_jira_cloud_says_what_an_account_is_and_data_center_does_not(kind, said):
    account = {"accountId": "1", "displayName": "Ada"} | ({"accountType": kind} if kind else {})
    assert jira_issues._person(account, {}) == ("Ada", said)


def test_redmines_accounts_are_people_but_for_the_one_of_nobody():
    assert redmine_issues._person({"id": 3, "name": "Ada"}) == ("Ada", "human")
    assert redmine_issues._person({"id": 4, "name": "Anonymous"}) == ("Anonymous", "unknown")
    assert redmine_issues._person({"name": "ada <ada@example.org>"})[1] == "unknown"  # a committer without an account
    assert redmine_issues._person(None) == (None, "unknown")


def test_an_account_that_a_machine_uses_is_nobody_in_a_workspace_though_the_tool_calls_it_a_user():
    """k8s-ci-robot is a user to GitHub; its name says more. Ada is hidden."""
    people = People(b"key")
    assert people.naming("k8s-ci-robot", "human") == ("k8s-ci-robot", "bot", "")
    assert people.naming("ada", "human")[1:] == ("human", "")
    assert people.naming("ada", "human").name.startswith("p-")
    assert people.naming("ada", "bot") == ("ada", "bot", "")
