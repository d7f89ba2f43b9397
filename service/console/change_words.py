"""What a run changed, in words: counts of pairs by reason, for pages and the command line, and each pair by itself.

A new reason of `service.usecases.running.differences` is a row in both tables.
"""

from __future__ import annotations

from collections.abc import Iterator

from matching.eligibility import Reason
from service.console.translation import N_, Words
from service.console.words import CHECKS, LEFT_OUT, plain
from service.records.run import RunCounts
from service.usecases.running.differences import Difference, Fate, Why

FATES = Words(
    {
        Fate.NEW: N_("New"),
        Fate.KEPT: N_("Kept"),
        Fate.WITHDRAWN: N_("Taken back"),
        Fate.DROPPED: N_("Left out"),
    }
)

COUNTED = Words(
    {
        Why.FIRST: N_("for people without a proposal"),
        Why.INSTEAD: N_("in place of another proposal of theirs"),
        Why.BEST: N_("still part of the best pairing"),
        Why.SEEKER_OUT: N_("as the one who was looking takes no part now"),
        Why.SUPPORTER_OUT: N_("as the peer supporter takes no part now"),
        Why.RULE: N_("that a hard rule keeps apart now"),
        Why.TOO_LITTLE: N_("below the minimum score now"),
        Why.REARRANGED: N_("of people who get another one, so that all together fit better"),
        Why.NEEDED_MORE: N_("whose place goes to somebody who has waited longer, or whom it fits better"),
        Why.MEANWHILE: N_("as somebody changed meanwhile"),
    }
)
"""After a number of proposals."""

_OF_ONE = Words(
    {
        Why.FIRST: N_("No proposal stood for them."),
        Why.INSTEAD: N_("In place of another proposal of theirs."),
        Why.BEST: N_("Still part of the best pairing."),
        Why.SEEKER_OUT: N_("The one who was looking takes no part now."),
        Why.SUPPORTER_OUT: N_("The peer supporter takes no part now."),
        Why.RULE: N_("This no longer holds: %(rule)s."),
        Why.TOO_LITTLE: N_("They have too little in common by the rules of today."),
        Why.REARRANGED: N_("They get another proposal, so that all together fit better."),
        Why.NEEDED_MORE: N_("The place goes to somebody who has waited longer, or whom it fits better."),
        Why.MEANWHILE: N_("One of them, or what was decided about them, changed while the run was at work."),
    }
)


def reasons_in_words(counts: RunCounts) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give what became of pairs with how many for which reason, in words; nothing where the run did not count it."""
    reasons = counts.reasons or {}
    for fate in Fate:
        told = tuple(f"{count:,} {COUNTED[Why(why)]}" for why, count in reasons.get(fate, {}).items())
        if told:
            yield FATES[fate], told


def why_in_words(change: Difference) -> str:
    """Say why one pair came, stayed or went."""
    said = _OF_ONE[change.why]
    if change.why is Why.RULE:
        holds = CHECKS.get(change.detail) or plain(change.detail)
        return said % {"rule": holds[0].lower() + holds[1:]}
    if change.why is Why.SEEKER_OUT and change.detail in set(Reason):
        return LEFT_OUT.get(Reason(change.detail)) or said
    return said
