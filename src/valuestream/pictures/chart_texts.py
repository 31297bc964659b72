"""The charts' questions, how each is computed, and what to do where there is nothing to draw."""

from __future__ import annotations

HEADINGS = {
    "scatter": "How long do items take, and what can we promise?",
    "cycle": "How long do items take once work has begun?",
    "wip": "Where does work pile up?",
    "cfd": "Does work flow through evenly?",
    "throughput": "How much is finished each week?",
    "load": "How many items are in progress at once?",
    "arrivals": "Does more arrive than leaves?",
    "efficiency": "Of the time items spend in the stream, how much is work?",
    "ageing": "Which open items need attention today?",
    "targets": "Do we keep what we promised?",
    "distribution": "What kinds of work are finished?",
    "stage_trend": "Is this stage getting quicker?",
    "stage_distribution": "How long do visits to this stage wait, and how long are they worked on?",
    "stage_slowest": "Which visits took longest?",
    "stage_here": "What is here now?",
    "stage_moves": "Who hands to this stage, and to whom does it hand?",
}

HOW = {
    "scatter": "Each point is an item finished in the period; its height is the time from its first stage to done,"
    " elapsed."
    " A line says how long that share of all of them took at most. Percentiles need at least ten items.",
    "cycle": "Each point is an item finished in the period; its height is the time from its first work to done,"
    " elapsed."
    " A line says how long that share of all of them took at most. Percentiles need at least ten items.",
    "wip": "Each band is the number of items in a stage at the end of the local day. A band that widens is a queue that"
    " grows.",
    "cfd": "The cumulative flow: items that have arrived, by where they stand at the end of the local day, on top of"
    " those"
    " that were finished since the drawing begins. Across, the bands show roughly how long an item takes; upright,"
    " how many"
    " are in progress.",
    "throughput": "Items that reached done, by the ISO week of their finish in the stream's zone. Outlined weeks do"
    " not lie"
    " wholly in the period and are left out of the mean; a week without any counts as 0.",
    "load": "The items in progress, averaged over every instant of the local day: the integral of the number in"
    " progress"
    " divided by the day's length.",
    "arrivals": "Items that entered their first stage against those that were finished or given up, by ISO week. The"
    " mean"
    " is over the weeks that lie wholly in the period.",
    "efficiency": "Active time divided by active and waiting time, pooled over the items finished in each week."
    " Items never"
    " seen in work are left out. A week with fewer than ten items is drawn hollow: one item may decide it.",
    "ageing": "Each mark is an open item at its age since its first stage. The ticks are the ages that 50 and 85 %"
    " of the"
    " finished items had not exceeded when they left that stage; older items are diamonds.",
    "targets": "Of the items of that type finished in the period, the share that took no longer than promised.",
    "distribution": "Items finished in each ISO week by flow item where the stream's file names them, else by type.",
    "stage_trend": "Visits by the ISO week in which they left the stage. Wait is queue, blocked and external time.",
    "stage_distribution": "Visits that left in the period, counted in classes of time. A visit never seen in work is"
    " in no"
    " class of active time.",
    "stage_slowest": "Visits that left in the period, by the time between entering and leaving.",
    "stage_here": "Items in the stage at the end of the period, by how long they have been in it.",
    "stage_moves": "Arrivals by where they came from, with the wait before work began; departures by where they went.",
}

NONE_FINISHED = "Widen the period, or remove a filter."
NO_WORK = "Say which states are work in the stream's stages."
PASSED = {"queue": "waiting", "work": "in work", "external": "with others", "blocked": "blocked"}
