"""A run as its pages show it: what it did, in words and numbers, and what its proof says.

Built from the run's record alone. "Proof" is only said of a run whose certificate was accepted by the independent
verifier, which is what a stored proof means (`service/records/run.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from matching.policy import Objective
from service.console.change_words import reasons_in_words
from service.console.proofs import claim_of, digits_of, stop_of, title_of
from service.console.translation import N_, Words, _
from service.console.words import RUN_STAGES, counted, moment
from service.records.run import Run, RunCounts, RunProof, RunState

_STATES = Words(
    {
        RunState.QUEUED: N_("Waiting to start"),
        RunState.RUNNING: N_("At work"),
        RunState.DONE: N_("Done"),
        RunState.FAILED: N_("Could not finish"),
        RunState.CANCELLED: N_("Stopped"),
    }
)

_HEADLINES = Words(
    {
        RunState.QUEUED: N_("This run waits for its turn"),
        RunState.RUNNING: N_("This run is at work"),
        RunState.FAILED: N_("This run could not finish"),
        RunState.CANCELLED: N_("This run was stopped"),
    }
)

_SENTENCES = Words(
    {
        RunState.QUEUED: N_("It starts by itself; look again in a minute."),
        RunState.RUNNING: N_("It looks at everyone together; look again in a minute."),
        RunState.FAILED: N_("Nothing was changed by it: the proposals from before still stand."),
        RunState.CANCELLED: N_("Nothing was changed by it: the proposals from before still stand."),
    }
)


@dataclass(frozen=True, slots=True)
class RunPage:
    """What is shown of one run; `counts` and `proof` are None until it is done.

    Attributes
    ----------
    doubt : that proposals which were not proven had been published, and what to do; empty for every sound run.
    progress : what it does just now, and how much of that is done; empty when it is not at work.
    title, claim : what its proof says; empty without one.
    stop : that its time was up, and what is proven nonetheless; empty where `is_best`.
    has_limit : whether the last of `digits` are the most that is possible, which `stable` does not ask for.
    changed : what became of pairs, with how many for which reason; empty for runs that did not count it.
    has_pairs : whether that may be read pair by pair.
    """

    run_id: str
    when: str
    state: str
    headline: str
    sentence: str
    doubt: str
    progress: str
    is_dry_run: bool
    counts: RunCounts | None
    proof: RunProof | None
    mean_score: int
    title: str
    claim: str
    stop: str
    is_best: bool
    has_limit: bool
    digits: tuple[tuple[str, int, int], ...]
    numbers: tuple[tuple[str, str], ...]
    changed: tuple[tuple[str, tuple[str, ...]], ...]
    has_pairs: bool


def run_page_of(run: Run) -> RunPage:
    """Show a run."""
    counts, objective = run.counts, Objective(run.proof.objective) if run.proof else None
    return RunPage(
        run_id=run.run_id,
        when=moment(run.created_at),
        state=_state(run),
        headline=_headline(counts) if counts else _HEADLINES.get(run.state) or _STATES[run.state],
        sentence=_sentence(counts) if counts else _SENTENCES.get(run.state, ""),
        doubt=_doubt() if _is_doubted(run) else "",
        progress=_progress(run),
        is_dry_run=run.is_dry_run,
        counts=counts,
        proof=run.proof if counts else None,
        mean_score=round(counts.mean_score) if counts else 0,
        title=_title(run),
        claim=claim_of(run.proof) if run.proof else "",
        stop=stop_of(run.proof) if run.proof else "",
        is_best=run.proof is not None and run.proof.is_best and not _is_doubted(run),
        has_limit=objective is not Objective.STABLE,
        digits=digits_of(run.proof) if run.proof else (),
        numbers=_numbers(run, counts, run.proof) if counts and run.proof else (),
        changed=tuple(reasons_in_words(counts)) if counts else (),
        has_pairs=counts is not None and bool(counts.reasons) and run.snapshot_removed_at is None,
    )


def _is_doubted(run: Run) -> bool:
    """Tell whether proposals were published that the proof does not have; they are taken back by now."""
    return run.counts is not None and bool(run.error_code)


def _doubt() -> str:
    return _(
        "Some proposals of this run were not the pairs that had been checked, so they were taken back at once; the "
        "others stand. Please tell whoever looks after Alongside for you, with the number of the run below."
    )


def _state(run: Run) -> str:
    if _is_doubted(run):
        return _("Done, some proposals taken back")
    return _("%(state)s (a trial)", state=_STATES[run.state]) if run.is_dry_run else _STATES[run.state]


def _title(run: Run) -> str:
    if run.proof is None:
        return ""
    return _("A proof, but not of all that was proposed") if _is_doubted(run) else title_of(run.proof)


def _progress(run: Run) -> str:
    if run.progress is None:
        return ""
    doing, share = RUN_STAGES.get(run.progress.stage, RUN_STAGES["mend"]), run.progress.share
    return f"{doing}." if share is None else _("%(doing)s: %(share)s done.", doing=doing, share=f"{share:.0%}")


def _headline(counts: RunCounts) -> str:
    if not counts.seekers:
        return _("Nobody was looking for company")
    who = counted(counts.matched, "person", "people")
    return _("%(who)s of %(seekers)s matched", who=who, seekers=f"{counts.seekers:,}")


def _sentence(counts: RunCounts) -> str:
    said = []
    if counts.kept:
        which = counted(counts.kept, "proposal from before still stands", "proposals from before still stand")
        said.append(f"{which}.")
    if counts.thin:
        which = counted(counts.thin, "pair has", "pairs have")
        said.append(_("%(pairs)s little in common on paper and may need your eye.", pairs=which))
    if counts.still_looking:
        who = counted(counts.still_looking, "person", "people")
        said.append(_("For %(who)s we do not yet have a peer supporter who fits and has room.", who=who))
        said.append(_("Their waiting time counts for them in the next run."))
    return " ".join(said)


def _numbers(run: Run, counts: RunCounts, proof: RunProof) -> tuple[tuple[str, str], ...]:
    return (
        (_("Possible pairs looked at"), f"{counts.pairs_checked:,}"),
        (_("Pairs that keep every rule"), _maybe(counts.pairs_feasible)),
        (_("Pairs who would both rather have each other"), _maybe(counts.blocking_pairs)),
        (_("People looking"), f"{counts.seekers:,}"),
        (_("Peer supporters with room"), f"{counts.supporters:,}"),
        (_("Points of all pairs together"), f"{counts.total_score:,}"),
        (_("Checked"), moment(proof.checked_at)),
        (_("Version of your rules"), str(run.policy_version)),
        (_("Fingerprint"), proof.digest),
        (_("Run"), run.run_id),
    )


def _maybe(number: int | None) -> str:
    return _("not counted") if number is None else f"{number:,}"
