"""A run: how it is asked for, what it counted, what proves it.

A new count is one row here and one in `service/records/run.py`. Who may start one, and when, is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import ValidationError, fields, pre_dump, validates_schema
from marshmallow.validate import OneOf

from matching.eligibility import Reason
from schemas.base import In, Out, messages
from schemas.fields import Choice, Day, Instant, Part, Pattern, Whole, YesNo
from schemas.page import MOST_PER_PAGE, NEXT
from schemas.policy import PolicyIn, PolicyOut, load_policy, load_policy_within

_PLACE = r"^[0-9]{1,9}$"
_NOT_NEXT = "must be the `next` of the page before"


class RunIn(In):
    """What is asked of a run; an empty object asks for an ordinary one."""

    dry_run = YesNo(
        load_default=False, metadata={"description": "Match and count, but propose nothing and change nothing."}
    )
    policy = Part(
        PolicyIn,
        metadata={
            "description": "With dry_run: a whole policy, as in PUT /v1/policy, to try in place of the one in force. "
            "The key needs the scope policy, too."
        },
    )

    @validates_schema
    def _tries_only(self, wanted: Mapping[str, Any], **_kwargs: Any) -> None:
        if "policy" in wanted and not wanted["dry_run"]:
            raise ValidationError(
                "is allowed only with dry_run true; save it by PUT /v1/policy to match by it", "policy"
            )


class RunCountsOut(Out):
    """What a run counted; no count names a member."""

    seekers = fields.Integer(metadata={"description": "Who could take part and is looking."})
    supporters = fields.Integer(metadata={"description": "Supporters who could take part."})
    places = fields.Integer(metadata={"description": "The supporters' free places together."})
    pairs_checked = fields.Integer(metadata={"description": "Candidate pairs looked at."})
    pairs_feasible = fields.Integer(
        allow_none=True,
        metadata={"description": "Pairs that no hard rule forbids. Null for a run whose time was up before."},
    )
    blocking_pairs = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Pairs that no hard rule forbids and whose two people would both rather have each other "
            "than what this run gives them, by score; 0 under the objective stable. Null for runs made before it was "
            "counted, and for a run whose time was up before."
        },
    )
    matched = fields.Integer(metadata={"description": "Seekers with a proposal."})
    still_looking = fields.Integer(metadata={"description": "Seekers without one; with matched: seekers."})
    kept = fields.Integer(metadata={"description": "Proposals that stood before and still stand."})
    new = fields.Integer(metadata={"description": "Proposals that did not stand before."})
    dropped = fields.Integer(
        metadata={
            "description": "Pairs not proposed because a member changed meanwhile; kept + new + dropped = matched."
        }
    )
    withdrawn = fields.Integer(metadata={"description": "Proposals that stood before and do not any longer."})
    thin = fields.Integer(metadata={"description": "Proposals below the policy's thin_below."})
    total_score = fields.Integer(metadata={"description": "Points of all proposals together."})
    mean_score = fields.Float(metadata={"description": "total_score over matched, to one digit; 0 without any."})
    left_out = fields.Dict(
        keys=fields.String(validate=OneOf([reason.value for reason in Reason])),
        values=fields.Integer(),
        metadata={
            "description": "How many members could not take part now, by reason; a reason without any is absent."
        },
    )
    waiting = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        allow_none=True,
        metadata={
            "description": "Of those still looking, how many have waited for how many days, by 0-13, 14-41, 42-111 and "
            "112+. Null for runs made before it was counted."
        },
    )
    reasons = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Integer()),
        allow_none=True,
        metadata={
            "description": "Why: `new`, `kept`, `withdrawn` and `dropped`, each with how many pairs for which reason; "
            "reasons as in GET /v1/runs/{run_id}/changes, those of none are absent. Null for runs made before it was "
            "counted.",
            "example": {"new": {"first": 12, "instead": 1}, "kept": {"best": 340}, "withdrawn": {"rearranged": 1}},
        },
    )


class RunProofOut(Out):
    """The totals of the certificate, checked by an independent verifier before anything was proposed."""

    objective = fields.String(metadata={"description": "Of the policy the run used."})
    is_best = fields.Boolean(
        metadata={
            "description": "Proven that nothing better exists. False for a run whose time was up before that: its "
            "pairs keep every rule, and dual less primal, of which the first number that is not 0 counts, is how far "
            "from the best they are at most."
        }
    )
    stopped_after_seconds = fields.Integer(
        allow_none=True,
        metadata={"description": "How long the engine was given, where that was not enough; else null."},
    )
    primal = fields.List(
        fields.Integer(as_string=True, metadata={"type": "string", "pattern": "^-?[0-9]+$"}),
        allow_none=True,
        metadata={
            "description": "What the pairs are worth, digit by digit; text, as numbers may pass what JSON readers "
            "keep. Null, as dual, where the time was up before every pair had been asked: then no bound is proven."
        },
    )
    dual = fields.List(
        fields.Integer(as_string=True, metadata={"type": "string", "pattern": "^-?[0-9]+$"}),
        allow_none=True,
        metadata={
            "description": "What the prices allow at most; equal to primal: nothing better exists. Under the objective "
            "stable always the same as primal: there the proof is that blocking_pairs is 0."
        },
    )
    digest = fields.String(metadata={"description": "SHA-256 over pairs, objective, policy version and totals."})
    snapshot_sha256 = fields.String(metadata={"description": "Of the stored snapshot; empty for a dry run."})
    engine_version = fields.String()
    tzdata_version = fields.String()
    checked_at = Instant()


class RunProgressOut(Out):
    """How far a run has come."""

    stage = fields.String(
        metadata={
            "description": "read, then stages of the engine, then verify and save. New stages may be added.",
            "example": "verify",
        }
    )
    share = fields.Float(
        allow_none=True,
        metadata={"description": "How much of this stage is done, 0 to 1; null where nobody can say.", "example": 0.42},
    )
    at = Instant(metadata={"description": "When this was so; it is told once a second at most."})


class RunErrorOut(Out):
    """Why a run failed."""

    code = fields.String()
    detail = fields.String()


class RunOut(Out):
    """One rematching of a platform's members."""

    run_id = fields.String()
    state = fields.String(
        metadata={"description": "queued, running, done, failed or cancelled; the last three are final."}
    )
    requested_by = fields.String(metadata={"description": "key:…, coordinator:…, cli or schedule."})
    dry_run = fields.Boolean()
    policy = fields.Nested(
        PolicyOut,
        attribute="trial_policy",
        allow_none=True,
        metadata={"description": "What it tries in place of the policy in force; null for a run by that one."},
    )
    policy_version = fields.Integer(
        allow_none=True, metadata={"description": "Of the policy in force; null until it started."}
    )
    planned_for = Day(allow_none=True, metadata={"description": "The day it plans for; null until it started."})
    progress = fields.Nested(
        RunProgressOut, allow_none=True, metadata={"description": "While it is running; else null."}
    )
    counts = fields.Nested(RunCountsOut, allow_none=True, metadata={"description": "Null until it is done."})
    proof = fields.Nested(RunProofOut, allow_none=True, metadata={"description": "Null until it is done."})
    error = fields.Nested(
        RunErrorOut, allow_none=True, metadata={"description": "Null unless it failed, or was not all proven."}
    )
    created_at = Instant()
    started_at = Instant(allow_none=True)
    finished_at = Instant(allow_none=True)

    @pre_dump
    def _told(self, run: Any, **_kwargs: Any) -> dict[str, Any]:
        error = {"code": run.error_code, "detail": run.error} if run.error_code else None
        kept = {name: getattr(run, name) for name in self.fields if name not in ("dry_run", "error", "policy")}
        tried = None if run.trial_policy is None else load_policy(run.trial_policy)
        return {**kept, "dry_run": run.is_dry_run, "error": error, "trial_policy": tried}


class RunsOut(Out):
    """Some runs, latest first."""

    runs = fields.List(fields.Nested(RunOut))
    next = fields.String(allow_none=True, metadata={"description": NEXT})


class RunChangeOut(Out):
    """What became of one pair, and why."""

    fate = fields.String(
        metadata={
            "description": "new, kept, withdrawn, or dropped: it was to be proposed or kept, and one of the two, or "
            "their proposal, was changed while the run was at work.",
            "example": "withdrawn",
        }
    )
    seeker_id = fields.String()
    supporter_id = fields.String()
    score = fields.Integer(allow_none=True, metadata={"description": "Null for one that was withdrawn."})
    why = fields.String(
        metadata={
            "description": "Of new ones: first (the seeker had no proposal), instead (in place of their proposal with "
            "another). Of kept ones: best (part of the best matching, as before). Of withdrawn ones: seeker_out, "
            "supporter_out (takes no part now), rule (a hard rule keeps them apart now), too_little (below "
            "`minimum_score` now), rearranged (the seeker has another pair, so that all together fit better), "
            "needed_more (the place goes to somebody who has waited longer, or whom it fits better). Of dropped ones: "
            "meanwhile.",
            "example": "rule",
        }
    )
    detail = fields.String(
        metadata={
            "description": "Which rule; or why they take no part: as in `left_out` of the run's counts, or left. Empty "
            "for the other reasons.",
            "example": "language",
        }
    )


class RunChangesOut(Out):
    """Some changes of a run."""

    changes = fields.List(fields.Nested(RunChangeOut))
    next = fields.String(allow_none=True, metadata={"description": NEXT})


def changes_query(fates: Iterable[str]) -> type[In]:
    """Make the schema of which changes are asked for; `fates` are those there are."""

    class RunChangesQuery(In):
        """Which changes, and where to go on."""

        after = fields.String(
            validate=Pattern(_PLACE, error=_NOT_NEXT),
            error_messages=messages(invalid=_NOT_NEXT),
            metadata={"description": "The `next` of the page before.", "pattern": _PLACE, "example": "100"},
        )
        limit = Whole(1, MOST_PER_PAGE, load_default=100, metadata={"description": "Most entries of one page."})
        fate = Choice(fates, metadata={"description": "Those of this fate alone.", "example": "withdrawn"})

    return RunChangesQuery


def load_run_request(json: Any) -> dict[str, Any]:
    """Check what is asked of a run, a policy as the engine's value; raise ValidationError for anything unknown."""
    wanted: dict[str, Any] = _run_in.load(json)
    return {**wanted, "policy": load_policy_within(wanted["policy"]) if "policy" in wanted else None}


_run_in = RunIn()
