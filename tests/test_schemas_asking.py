"""The documents of metrics, explanations, items and teams keep what their schemas promise."""

from __future__ import annotations

from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from conftest import CHANGES
from test_schemas import parts, schema, wrong
from valuestream import ValueStream, sketch
from valuestream.sources.demo import demo, demo_stream
from valuestream.stream import Own

NAMES = ("metrics", "explain", "items", "item", "teams")


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_and_says_what_each_key_means(name):
    said = schema(name)
    Draft202012Validator.check_schema(said)
    assert said["$id"] == said["title"] == said["properties"]["schema"]["const"] == f"vsm.{name}/1"
    assert [place for place, part in parts(said) if not part.get("description")] == []
    durations = [part for place, part in parts(said) if place.endswith("_s")]
    assert durations
    assert all("Seconds" in part["description"] for part in durations)


@pytest.fixture(scope="module")
def sample():
    stream = replace(
        demo_stream(),
        targets={"Bug": "85 % within 10 d", "*": "50 % within 12 d"},
        metrics=(Own("mine", "avg(lead_s)"),),
    )
    with ValueStream(demo(1, 120), stream, since="2024-02-01", where={"team": "Blue"}) as seen:
        yield seen


def documents(seen):
    yield seen.metrics_document()
    yield seen.metrics_document(by=["week"])
    yield seen.metrics_document(["stage_wait_time"], ["stage", "type"])
    for metric in seen.catalogue:
        yield seen.explain(metric.name)
    yield seen.items_document(sort="-lead")
    yield seen.items_document(state="open", sort="here")
    yield seen.teams_document()
    for row in seen.items_document(size=15)["items"]:
        yield seen.item_document(row["key"])


def test_documents_of_the_demo_keep_their_schemas(sample):
    told = list(documents(sample))
    assert [found for document in told if (found := wrong(document))] == []
    assert {document["schema"] for document in told} == {f"vsm.{name}/1" for name in NAMES}


def test_documents_of_an_empty_log_keep_their_schemas():
    with ValueStream(sketch(""), CHANGES) as seen:
        assert [found for document in documents(seen) if (found := wrong(document))] == []


def test_documents_of_what_is_rare_keep_their_schemas():
    text = """
    A: sprint=S1 1, idea 1, dev@ada 2, +block vendor 3, -block 4, review 5, dev 6, asking 7, done 8, dev 30, done 31
    B/pull_request#7: open 2, in_review 3 by cy, closed 4
    C: idea 1
    D: dev 1, closed 2
    E: done 3
    """
    with ValueStream(sketch(text), CHANGES) as seen:
        assert [found for document in documents(seen) if (found := wrong(document))] == []
        assert wrong(seen.item_document("A#2")) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_key_that_is_written_is_described(sample, name):
    document = next(document for document in documents(sample) if document["schema"] == f"vsm.{name}/1")
    assert set(document) == set(schema(name)["properties"])
