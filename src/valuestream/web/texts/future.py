"""A future state written by hand."""

from __future__ import annotations

TEXTS = {
    "future.title": "Future state: {stream}",
    "future.lead": "Write down what would be different, and see it under the current state. Nothing is simulated: "
    "what a change would do to queues is for What if to say.",
    "future.kept": "Kept here:",
    "future.saved": "Kept as {name}.",
    "future.command": "The same on the command line: `vsm map --future '{file}'`.",
    "future.shown": "Current and future state",
    "future.edit": "What would be different",
    "future.how": "Times are those of one visit; what is left empty stays. Write a time, `4 h` or `15 min`, or a "
    "change, `-25 %`.",
    "future.stage": "Stage",
    "future.active": "Active time",
    "future.wait": "Wait",
    "future.ca": "%C&A",
    "future.batch": "Batch",
    "future.remove": "Remove",
    "future.remove_of": "Remove {stage}",
    "future.figure_of": "{figure} of {stage}",
    "future.now": "now {value}",
    "future.new": "A new stage",
    "future.new_name": "Name of new stage {n}",
    "future.after": "after",
    "future.name": "Name",
    "future.name_like": "Smaller batches",
    "future.show": "Show",
    "future.save": "Save",
    "future.forget": "Forget {name}",
    "future.download": "Download the file",
    "future.again": "Begin anew",
    "future.table": "Both states as a table",
    "future.differs": "differs",
    "future.state.added": "added",
    "future.state.removed": "removed",
    "future.nameless": "A new stage has figures but no name.",
    "future.nameless_do": "Write its name, or empty its figures.",
    "future.twice": "There is a stage {name} already.",
    "future.twice_do": "Give the new stage another name.",
    "future.too_long": "A field of {n} letters.",
    "future.too_long_do": "Names and figures have at most {n}.",
    "future.no_workspace": "Only a workspace keeps future states; here the address holds it all, and the file can be "
    "downloaded.",
    "future.no_workspace_do": "`vsm init` makes a workspace of a folder.",
}
