"""What `vsm check` says of what it did not ask."""

from valuestream.sources.connector import CHECKED, unchecked


def test_projects_beyond_those_asked_one_by_one_are_counted_not_hidden():
    assert list(unchecked(["p"] * CHECKED)) == []
    [finding] = unchecked(["p"] * (CHECKED + 3))
    assert (finding.fine, finding.text) == (None, "Asked one by one were the first 20; 3 others were not.")
