"""What the name of a state says about it, in the words of several languages."""

from __future__ import annotations

import functools
import re
import unicodedata

CANCELLED, EXTERNAL, BLOCKED, BEFORE, QUEUE, DONE, ARCHIVED, WORK = (
    "cancelled", "external", "blocked", "before", "queue", "done", "archived", "work",
)  # fmt: skip


def _any(*lists: str) -> str:
    """A pattern for any of some words; `_` stands for a space within one."""
    return rf"\b({'|'.join(' '.join(lists).split())})\b".replace("_?", " ?").replace("_", " ")


def _whole(*lists: str) -> str:
    """A pattern for a name that is one of some words and nothing else."""
    return rf"^({'|'.join(' '.join(lists).split())})$".replace("_?", " ?").replace("_", " ")


_OUTSIDE = _any(
    "user customer client vendor supplier provider third_part(y|ies) 3rd_part(y|ies) partner requester requestor",
    "reporter external info(rmation)? feedback reply response answer",
    "kunde\\w* lieferant\\w* extern\\w* ruckmeldung anwender fournisseur demandeur cliente proveedor fornitore",
    "fornecedor klant leverancier",
)
_INSIDE = _any(
    "review approv\\w* deploy\\w* test\\w* qa develop\\w* dev merge release triage support build sign_?off refine\\w*",
    "estimat\\w* assign\\w* start pickup analysis design implement\\w* verification validation fix work agent team",
    "operations",
)
_WAIT = _any(
    "await\\w* wait\\w* pending on_hold hold needs?",
    "warte\\w* wartet en_attente attente esperando espera pendiente in_attesa attesa aguardando pendente wacht\\w*",
)

_LACKING = _any("pending wait\\w* requested needed")

_MEANINGS: tuple[tuple[str, str], ...] = (
    (
        CANCELLED,
        _any(
            "cancel(l)?ed won'?t_(do|fix) wontfix will_not_(do|fix) reject(ed)? declined abandon(ed)? duplicated?",
            "withdrawn invalid obsolete dropped discarded not_planned void(ed)? aborted denied",
            "abgebrochen abgelehnt storniert verworfen zuruckgezogen hinfallig annule abandonne rejete refuse",
            "cancelad[oa] descartad[oa] rechazad[oa] rejeitad[oa] annullat[oa] rifiutat[oa] geannuleerd afgewezen",
        )
        + "|取消|却下",
    ),
    (EXTERNAL, f"{_WAIT}.*{_OUTSIDE}|{_OUTSIDE}.*{_LACKING}"),
    (
        EXTERNAL,
        _any(
            "needs?_(more_)?info(rmation)? more_info(rmation)?_(needed|required) info(rmation)?_needed",
            "with_(the_)?(customer|client|vendor|supplier|user)",
        ),
    ),
    (QUEUE, rf"\bawait\w*\b.*{_INSIDE}"),
    (EXTERNAL, r"\bawaiting \w+"),
    (
        BLOCKED,
        _any(
            "block(ed)? on_hold hold impediment impeded paused? suspended stalled parked",
            "blockiert angehalten pausiert bloque bloquead[oa] suspendu suspendid[oa] pausad[oa] bloccat[oa]",
            "sospes[oa] geblokkeerd",
        )
        + "|保留",
    ),
    (QUEUE, _any("sprint_backlog selected(_for_\\w+)?")),
    (
        BEFORE,
        _any(
            "backlog drafts? ideas? icebox funnel someday wish_?list proposed",
            "entwurf idee\\w* brouillon borrador bozza rascunho concept",
        ),
    ),
    (
        QUEUE,
        _any(
            "ready to_?do queued? to_be_\\w+ for_(review|test\\w*|approval|release|deployment) next incoming",
            "bereit wartend warteschlange zu_erledigen geplant a_faire prete? planifie por_hacer list[oa] da_fare",
            "pront[oa] a_fazer te_doen klaar_voor",
        ),
    ),
    (QUEUE, _WAIT),
    (QUEUE, r"\b\w+ (done|completed?|finished|ok|passed)\b"),
    (QUEUE, r"\b(deployed|released|merged|delivered|live) (to|in|on) (?!prod|live)"),
    (
        QUEUE,
        _whole(
            "new open(ed)? submitted created received registered reported requested planned scheduled approved",
            "accepted re_?opened untriaged unassigned triaged refined estimated inbox start",
            "neu offen eingegangen angelegt nouveau ouvert nuev[oa] abiert[oa] nuov[oa] apert[oa] nov[oa] abert[oa]",
            "implemented developed coded built tested reviewed designed analy[sz]ed",
            "nieuw 未着手 待\\w*",
        ),
    ),
    (ARCHIVED, r"\barchiv\w*\b"),
    (
        DONE,
        _any(
            "done resolved completed? finished delivered released deployed shipped live in_production fixed merged",
            "closed verified signed_off solved fulfilled",
            "erledigt gelost fertig abgeschlossen geschlossen ausgeliefert termine resolu livre ferme hecho",
            "terminad[oa] resuelt[oa] cerrad[oa] entregad[oa] fatto chius[oa] risolt[oa] completat[oa] concluid[oa]",
            "feito fechad[oa] resolvid[oa] klaar gereed opgelost gesloten afgerond",
        )
        + "|完了|完成|已关闭",
    ),
    (
        WORK,
        _any(
            "progress active doing wip started ongoing assigned develop\\w* dev cod(e|ing) implement\\w* review\\w*",
            "test\\w* qa analys[ie]s analyzed? investigat\\w* diagnos\\w* design\\w* build\\w* approval verif\\w*",
            "validat\\w* triag\\w* refine\\w* work\\w* sign_?off uat staging",
            "bearbeitung arbeit entwicklung prufung umsetzung en_cours en_curso en_progreso in_corso em_andamento",
            "in_uitvoering mee_bezig revision pruebas",
        )
        + r"|^(in|under|im) \w+|\w{3,}ing\b|進行中|対応中|处理中",
    ),
)

LONGEST = 200
"""Letters of a name that are looked at: patterns take the square of a name's length."""

_COMPILED = tuple((meaning, re.compile(pattern)) for meaning, pattern in _MEANINGS)


def plain(name: str) -> str:
    """A name in lower case, without accents, with single spaces, and without the artefact before its colon."""
    text = unicodedata.normalize("NFKD", (name.rpartition(":")[2] or name)[:LONGEST]).casefold()
    text = "".join(sign for sign in text if not unicodedata.combining(sign))
    return re.sub(r"[\s_/.\-]+", " ", text).strip()


@functools.lru_cache(maxsize=10_000)
def said_by(name: str) -> str | None:
    """What a state's name says of it: one of the words above, or None.

    >>> [said_by(name) for name in ("Awaiting Vendor", "Ready for review", "In review", "Won't Do", "Zwischenstand")]
    ['external', 'queue', 'work', 'cancelled', None]
    """
    text = plain(name)
    return next((meaning for meaning, pattern in _COMPILED if pattern.search(text)), None)


_ON_THE_WAY = re.compile(r"\b(merged|fixed|deployed|delivered|verified|signed off|live)\b")
_STANDS_STILL = re.compile(r"^(wait|await|queue|pending|idle|warte|en attente|esper|in attesa|wacht)")


def on_the_way(name: str) -> bool:
    """Whether a name says that one step is done rather than the whole: merged, deployed."""
    return bool(_ON_THE_WAY.search(plain(name)))


def stands_still(name: str) -> bool:
    """Whether an activity's name says that nobody does anything in it: 'Waiting for parts'."""
    return bool(_STANDS_STILL.search(plain(name)))


_LEADING = re.compile(
    r"^\s*(?:in|under|im|being|ready (?:for|to)|waiting (?:for|on)|wait (?:for|on)|awaiting|to be|pending|for|needs?)"
    r"[\s_]+(?:the\s+|a\s+)?(?=\S)",
    re.IGNORECASE,
)
_KEPT = re.compile(r"^(progress|work|production|arbeit|bearbeitung|flight|play|hold|do)\b", re.IGNORECASE)


def stage_name(state: str) -> str:
    """A name for the stage that a state stands for.

    >>> stage_name("In review"), stage_name("Ready for release"), stage_name("In Progress"), stage_name("Active")
    ('Review', 'Release', 'In Progress', 'Active')
    """
    clean = " ".join(state.split())
    rest = _LEADING.sub("", clean)
    if not rest or _KEPT.search(rest):
        rest = clean
    return capitalised(rest) or "(empty)"


def capitalised(text: str) -> str:
    """A text that begins with a capital letter and is otherwise as it was."""
    return text[:1].upper() + text[1:]


_SMALL_WORDS = {
    "in",
    "for",
    "to",
    "the",
    "of",
    "on",
    "a",
    "be",
    "ready",
    "waiting",
    "awaiting",
    "pending",
    "under",
    "by",
}


def subject(name: str) -> set[str]:
    """The stems of what a state is about: review, releas, test. For 'Ready for review' and 'In review' the same."""
    stems = (re.sub(r"(ing|ment|ed|er|e|s)$", "", word) for word in plain(name).split() if word not in _SMALL_WORDS)
    return {stem for stem in stems if len(stem) > 2}
