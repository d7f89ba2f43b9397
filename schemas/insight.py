"""What a published run can be asked: why somebody is still looking, shortages, knock-on effects, previews of policies.

Counts of people that are null are hidden: one to four, and others that would give these away; `words` say so. Every
sentence comes with what shows that it is true. What is found out is decided in `service/usecases/insight/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import ValidationError, fields, pre_dump, validates_schema

from schemas.base import In, Out
from schemas.fields import Choice, Day, Instant, Part, Pattern
from schemas.member import MEMBER_ID
from schemas.page import NEXT
from schemas.policy import PolicyIn

_MEMBER_ERROR = "must be 1 to 128 of A-Z a-z 0-9 . _ : -"


class CountOut(Out):
    """How many people, as far as it may be told."""

    count = fields.Integer(allow_none=True, metadata={"description": "Null where it is hidden.", "example": 12})
    words = fields.String(metadata={"description": "The count, `fewer than five` or `not told`.", "example": "12"})


class RuleCountOut(CountOut):
    """How many people a hard rule is the first to rule out."""

    rule = fields.String(metadata={"example": "language"})
    reason = fields.String(metadata={"example": "no language in common"})


class SentenceOut(Out):
    """A sentence for coordinators, and what shows that it is true."""

    text = fields.String()
    verified = fields.String(metadata={"description": "How it was found out; empty where it claims nothing."})


class RivalsOut(Out):
    """People who together can meet only peer supporters who together have fewer places."""

    people = fields.Nested(CountOut)
    supporters = fields.Nested(CountOut)
    places = fields.Nested(CountOut)


class SmallestChangeOut(Out):
    """One attribute of one person, changed, so that the seeker is matched and nobody else is left without."""

    kind = fields.String(
        metadata={
            "description": "In the order of trying: more_time, more_modes, more_distance, more_languages, more_places."
        }
    )
    member_id = fields.String(metadata={"description": "Who would change.", "pattern": MEMBER_ID})
    what = fields.String(
        metadata={
            "description": "The added time, mode or language; empty for distance and places.",
            "example": "mon 21:00–21:30",
        }
    )
    supporter_id = fields.String(allow_none=True, metadata={"description": "With whom they would be matched."})
    matched_before = fields.Integer(metadata={"description": "People matched by the run."})
    matched_after = fields.Integer(metadata={"description": "People matched when everyone is matched again with it."})
    moved = fields.Integer(metadata={"description": "People who would have another peer supporter than proposed."})
    text = fields.String()
    verified = fields.String()


class MemberExplanationOut(Out):
    """Why somebody is still looking, by the last published run."""

    member_id = fields.String(metadata={"pattern": MEMBER_ID})
    standing = fields.String(
        metadata={
            "description": "matched, proposed (a proposal waits for review), no_run (none was published yet), "
            "not_in_run (came after it), left_out (`left_out` says why), since_run (the run's proposal came to "
            "nothing since), or still_looking; only then is there more to tell.",
            "example": "still_looking",
        }
    )
    run_id = fields.String(allow_none=True, metadata={"description": "The run this is by; null before the first."})
    planned_for = Day(allow_none=True, metadata={"description": "The day that run planned for."})
    left_out = fields.String(
        allow_none=True, metadata={"description": "Why they could take part in no run; else null."}
    )
    removed = fields.List(
        fields.Nested(RuleCountOut),
        metadata={"description": "How many peer supporters each hard rule is the first to rule out, most first."},
    )
    would_fit = fields.Nested(
        CountOut,
        allow_none=True,
        metadata={"description": "Peer supporters who would fit, but whose places others have."},
    )
    rivals = fields.Nested(
        RivalsOut,
        allow_none=True,
        metadata={
            "description": "The smallest group that competes for the places they could have; null where none does."
        },
    )
    change = fields.Nested(SmallestChangeOut, allow_none=True)
    change_state = fields.String(
        metadata={
            "description": "found; none (no single change does); working (on a large platform: ask again soon); "
            "failed (asking again looks anew); unknown (not looked for: under this objective, standing or audience).",
            "example": "found",
        }
    )
    sentences = fields.List(fields.Nested(SentenceOut))


class UnmatchedOneOut(Out):
    """Somebody whom a run found nobody for."""

    member_id = fields.String(metadata={"pattern": MEMBER_ID})
    waiting_since = Day(allow_none=True)
    removed = fields.List(fields.Nested(RuleCountOut))
    would_fit = fields.Nested(CountOut)


class UnmatchedOut(Out):
    """Some of those whom a run found nobody for."""

    unmatched = fields.List(fields.Nested(UnmatchedOneOut))
    total = fields.Integer(metadata={"description": "All of them."})
    next = fields.String(allow_none=True, metadata={"description": NEXT})


class MoveOut(Out):
    """A member whose peer supporter would be another."""

    seeker_id = fields.String()
    before = fields.String(allow_none=True, metadata={"description": "Null: nobody yet."})
    after = fields.String(allow_none=True, metadata={"description": "Null: still looking."})
    replaced_by = fields.String(allow_none=True, metadata={"description": "Who comes to the one they leave."})


class PairEffectOut(Out):
    """What a choice about one pair would have done to everybody else in a run."""

    run_id = fields.String()
    seeker_id = fields.String()
    supporter_id = fields.String()
    choice = fields.String(metadata={"example": "forbid"})
    matched = fields.Integer(metadata={"description": "By how much people matched change."})
    score = fields.Integer(metadata={"description": "By how much the points of all pairs together change."})
    kept = fields.Integer(metadata={"description": "By how much open proposals that stand change."})
    moves = fields.List(
        fields.Nested(MoveOut), metadata={"description": "In the order in which one makes room for the next."}
    )
    sentence = fields.Nested(SentenceOut)


class ShortageOut(Out):
    """Peer supporters who, were they here, would let most people be matched now."""

    language = fields.String(metadata={"example": "pl"})
    timezone = fields.String(metadata={"example": "Europe/London"})
    hours = fields.String(metadata={"example": "weekday evenings"})
    mode = fields.String(metadata={"example": "voice"})
    topic = fields.String(
        allow_none=True, metadata={"description": "Null where fewer than five of those looking asked for any one."}
    )
    supporters = fields.Integer(metadata={"description": "How many of them, one place each."})
    people = fields.Nested(CountOut, metadata={"description": "More people matched, after all shortages before."})
    seeker_ids = fields.List(
        fields.String(), allow_none=True, metadata={"description": "Who; null where they are fewer than five."}
    )
    text = fields.String()
    verified = fields.String()


class PlaceOut(Out):
    """What one more place with a peer supporter would do."""

    supporter_id = fields.String()
    matched = fields.Integer()
    score = fields.Integer()
    text = fields.String()
    verified = fields.String()


class PlacesOut(Out):
    """Peer supporters with whom one more place would do something, the most helpful first."""

    total = fields.Integer()
    supporters = fields.List(fields.Nested(PlaceOut))


class ReadyOneOut(Out):
    """A peer supporter with room, and what stands between them and those who are looking."""

    supporter_id = fields.String()
    places = fields.Integer(metadata={"description": "Free ones."})
    between = fields.List(fields.Nested(RuleCountOut))
    text = fields.String()
    verified = fields.String()


class ReadyOut(Out):
    """Peer supporters who are ready to be asked, those with most room first."""

    total = fields.Integer()
    supporters = fields.List(fields.Nested(ReadyOneOut))


class ShortagesOut(Out):
    """What a run tells about whom to ask in; lists are cut after 500."""

    run_id = fields.String()
    matched = fields.Integer()
    still_looking = fields.Integer()
    shortages = fields.List(
        fields.Nested(ShortageOut),
        allow_none=True,
        metadata={
            "description": "Null where changes cannot be tried: under the objectives score and stable, or where "
            "the run's time was up."
        },
    )
    places = fields.Nested(PlacesOut, allow_none=True, metadata={"description": "Null under the objective stable."})
    ready = fields.Nested(ReadyOut)


class PolicyPointOut(Out):
    """What one policy gives the people of the run."""

    name = fields.String(metadata={"example": "without topics"})
    matched = fields.Integer()
    total_score = fields.Integer(metadata={"description": "By the weights of the policy in force."})
    mean_score = fields.Integer(metadata={"description": "Points a pair, by the same; rounded down."})
    longest_wait_days = fields.Integer(metadata={"description": "Of those still looking."})
    changed_proposals = fields.Integer(metadata={"description": "Open proposals that would not stand."})
    blocking_pairs = fields.Integer(
        allow_none=True, metadata={"description": "Pairs in which both would rather have each other."}
    )
    text = fields.String()
    verified = fields.String()


class ChangedSeekersOut(Out):
    """Seekers for whom it makes a difference; the list is cut after 500."""

    total = fields.Integer()
    seeker_ids = fields.List(fields.String())


class PreviewAnswerOut(Out):
    """What came of a preview."""

    policies = fields.List(fields.Nested(PolicyPointOut), metadata={"description": "The first is the one in force."})
    gains = fields.Nested(
        ChangedSeekersOut,
        allow_none=True,
        metadata={"description": "Who would be matched and is not; null for families."},
    )
    loses = fields.Nested(
        ChangedSeekersOut,
        allow_none=True,
        metadata={"description": "Who is matched and would not be; null for families."},
    )


class PreviewOut(Out):
    """A preview: what one policy, or a family of them, would do to the last published run."""

    preview_id = fields.String(attribute="report_id")
    run_id = fields.String(metadata={"description": "The run whose people it is about."})
    state = fields.String(metadata={"description": "queued, done or failed; the last two are final."})
    answer = fields.Nested(PreviewAnswerOut, allow_none=True, metadata={"description": "Null until it is done."})
    error_code = fields.String(
        allow_none=True, metadata={"description": "Why it failed; null otherwise. Asking again tries anew."}
    )
    created_at = Instant()
    finished_at = Instant(allow_none=True)

    @pre_dump
    def _told(self, report: Any, **_kwargs: Any) -> dict[str, Any]:
        names = ("report_id", "run_id", "state", "answer", "created_at", "finished_at")
        return {**{name: getattr(report, name) for name in names}, "error_code": report.error_code or None}


def preview_in(families: Iterable[str]) -> type[In]:
    """Make the schema of what is asked of a preview; `families` are those there are."""

    class PreviewIn(In):
        """A policy to try, or a family of policies to compare: one of the two."""

        policy = Part(PolicyIn, metadata={"description": "A whole policy, as in PUT /v1/policy."})
        family = Choice(
            families,
            metadata={
                "description": "policies: each objective, margin and minimum score beside the one in force. weights: "
                "each factor left out, which shows what it does.",
                "example": "weights",
            },
        )

        @validates_schema
        def _one_of_both(self, asked: dict[str, Any], **_kwargs: Any) -> None:
            if ("policy" in asked) == ("family" in asked):
                raise ValidationError("must have either policy or family")

    return PreviewIn


def pair_query(choices: Iterable[str]) -> type[In]:
    """Make the schema of a question about a pair."""

    class PairQuery(In):
        """Which pair, and what is done with it."""

        seeker_id = fields.String(
            required=True, validate=Pattern(MEMBER_ID, error=_MEMBER_ERROR), metadata={"pattern": MEMBER_ID}
        )
        supporter_id = fields.String(
            required=True, validate=Pattern(MEMBER_ID, error=_MEMBER_ERROR), metadata={"pattern": MEMBER_ID}
        )
        choice = Choice(
            choices,
            required=True,
            metadata={"description": "force: the pair is made. forbid: the two are kept apart.", "example": "forbid"},
        )

    return PairQuery


class AudienceQuery(In):
    """For whom."""

    audience = Choice(
        ("coordinator", "member"),
        load_default="coordinator",
        metadata={
            "description": "coordinator (scope review), or member: what may be said to the member themselves, which "
            "tells nothing of anybody else (scope members:read or review)."
        },
    )
