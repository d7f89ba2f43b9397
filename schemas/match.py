"""A match: one pair with its score, its reasons and its history, and what can be done to it.

States, actions and reasons belong to the table of `service/lifecycle.py`; the service passes them to `match_in` and
`match_query`, so that a row there needs nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas.base import In, Out
from schemas.fields import Choice, Day, Instant, Part, Pattern
from schemas.member import MEMBER_ID
from schemas.page import NEXT, PageIn


class FactorPointsOut(Out):
    """What one factor gave, and what really matched."""

    key = fields.String(metadata={"example": "topics"})
    title = fields.String(metadata={"example": "Topics"})
    points = fields.Integer()
    most = fields.Integer(metadata={"description": "Points it can give under the policy of the run."})
    evidence = fields.List(fields.String(), metadata={"example": ["bereavement"]})
    phrase = fields.String(metadata={"example": "has lived experience of bereavement"})


class ExplanationOut(Out):
    """Why this pair: points by factor, and the hard rules that were checked."""

    score = fields.Integer()
    factors = fields.List(fields.Nested(FactorPointsOut))
    rules_checked = fields.List(fields.String(), metadata={"example": ["language", "mode"]})


class ActorOut(Out):
    """Who acted."""

    role = fields.String(metadata={"example": "coordinator"})
    id = fields.String(allow_none=True, attribute="actor_id")


class HistoryEntryOut(Out):
    """One step of a match's life."""

    action = fields.String(metadata={"example": "approve"})
    from_state = fields.String(data_key="from", allow_none=True, metadata={"description": "Null for the first step."})
    to_state = fields.String(data_key="to", metadata={"example": "offered"})
    by = fields.Nested(ActorOut)
    at = Instant()
    reason = fields.String(metadata={"description": "Empty where none was given."})
    on_behalf_of = fields.String(
        allow_none=True, metadata={"description": "The side whose word a coordinator passed on; else null."}
    )


class MatchOut(Out):
    """One pair with a life."""

    match_id = fields.String()
    version = fields.Integer(metadata={"description": 'Grows by one with every change; also the ETag, as `"v3"`.'})
    run_id = fields.String(metadata={"description": "The run that proposed it; empty when none did."})
    seeker_id = fields.String(metadata={"pattern": MEMBER_ID})
    supporter_id = fields.String(metadata={"pattern": MEMBER_ID})
    state = fields.String(
        metadata={"description": "One of the states by which the list is narrowed.", "example": "proposed"}
    )
    score = fields.Integer(metadata={"description": "Points of the policy that proposed it."})
    thin = fields.Boolean(attribute="is_thin", metadata={"description": "Below the policy's thin_below."})
    offer_order = fields.String(
        metadata={"description": "Who is asked first about the offer.", "example": "supporter_first"}
    )
    awaited = fields.List(
        fields.String(), metadata={"description": "Whose answer to the offer is awaited.", "example": ["supporter"]}
    )
    closing_on = Day(allow_none=True, metadata={"description": "The day of a planned ending, while it is closing."})
    has_met = fields.Boolean(metadata={"description": "The two have met at least once."})
    due_at = Instant(allow_none=True, metadata={"description": "When something about it is due next."})
    explanation = fields.Nested(ExplanationOut)
    history = fields.List(fields.Nested(HistoryEntryOut))
    created_at = Instant()
    updated_at = Instant()


class MatchesOut(Out):
    """Some matches."""

    matches = fields.List(fields.Nested(MatchOut))
    next = fields.String(allow_none=True, metadata={"description": NEXT})


def action_in(
    actions: Iterable[str],
    *,
    reasons: Mapping[Any, Iterable[str]],
    must_say: Iterable[str],
    speakers: Iterable[str],
    pair: Iterable[str],
) -> type[In]:
    """Make the schema of an action on a match.

    `actions` are those there are, `reasons` what some of them may say, `must_say` those that have to. `speakers` are
    the roles a caller may act as besides the platform itself, `pair` the two sides of a match.
    """
    told = "; ".join(f"{action}: {', '.join(sorted(allowed))}" for action, allowed in reasons.items())
    sides = tuple(pair)

    class ByIn(In):
        """Who acts."""

        role = Choice(speakers, required=True, metadata={"example": "supporter"})
        member_id = fields.String(
            validate=Pattern(MEMBER_ID, error="must be 1 to 128 of A-Z a-z 0-9 . _ : -"),
            metadata={"description": "Of one of the pair; they act for themselves only.", "pattern": MEMBER_ID},
        )

        @validates_schema
        def _names_the_member(self, by: dict[str, Any], **_kwargs: Any) -> None:
            if (by.get("role") in sides) != ("member_id" in by):
                said = "is missing" if by.get("role") in sides else "is for the two of the pair only"
                raise ValidationError({"member_id": [said]})

    class ActionIn(In):
        """What shall be done to a match."""

        action = Choice(actions, required=True, metadata={"example": "approve"})
        reason = Choice(
            sorted({reason for allowed in reasons.values() for reason in allowed}),
            allow_none=True,
            metadata={"description": f"Taken by these only: {told}. Required by: {', '.join(sorted(must_say))}."},
        )
        by = Part(
            ByIn,
            metadata={
                "description": "Whose own word this is: the seeker's or the supporter's (scope matches:respond), or "
                "that of safeguarding (scope safety). Left out: the platform acts for its coordinators (scope review)."
            },
        )
        on_behalf_of = Choice(
            sides, metadata={"description": "The side that told a coordinator so; with the scope review."}
        )
        closing_on = Day(metadata={"description": "With plan_ending: the last day; left out: the policy's notice."})

        @validates_schema
        def _has_one_speaker(self, wanted: dict[str, Any], **_kwargs: Any) -> None:
            if wanted.get("by", {}).get("role") in sides and "on_behalf_of" in wanted:
                raise ValidationError({"on_behalf_of": ["must be left out where one of the two speaks for themselves"]})

    return ActionIn


def match_query(states: Iterable[str]) -> type[PageIn]:
    """Make the filters of the list of matches from the states there are."""

    class MatchQuery(PageIn):
        """Which matches."""

        state = Choice(states, metadata={"description": "Only matches in this state."})
        member_id = fields.String(
            validate=Pattern(MEMBER_ID, error="must be 1 to 128 of A-Z a-z 0-9 . _ : -"),
            metadata={"description": "Only matches of this member, on either side."},
        )

    return MatchQuery
