"""The policy: what makes a good pair, and how long things take. Looked at before it is saved, every version kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from marshmallow import ValidationError

from matching.policy import Policy
from schemas.policy import load_policy
from service.console.access import Need, needs
from service.console.blueprint import console, now, store
from service.console.forms import FormError, kept, version
from service.console.policy_form import OBJECTIVES, ORDERS, body_of, form_of
from service.console.schedule_form import WHENS
from service.console.translation import _, retold
from service.console.what_if import WhatIf, ask_what_if
from service.console.words import sentence
from service.errors import Conflict, FieldProblem, StaleVersion
from service.field_problems import field_problems
from service.usecases.policies import get_policy, put_policy


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, and what is wrong with it; `policy` None where something is."""

    values: Mapping[str, str]
    policy: Policy | None
    problems: Sequence[FieldProblem]


@console.get("/policy")
@needs(Need.MANAGE)
def get_policy_page() -> ResponseReturnValue:
    """Show the policy in force."""
    return policy_page()


@console.post("/policy")
@needs(Need.MANAGE)
def post_policy() -> ResponseReturnValue:
    """Show what the policy that was typed would do, or save it; what is wrong is said beside its field."""
    typed = typed_policy()
    if typed.policy is None:
        return policy_page(typed), 422
    if request.form.get("step") == "what-if":
        return _what_if(typed, typed.policy)
    try:
        saved = put_policy(
            store(), current_user.platform_id, policy=typed.policy, now=now(), expected_version=version()
        )
    except StaleVersion:
        flash(
            _("Somebody else has changed the policy meanwhile. Nothing was saved; your changes are below, look again."),
            "kind",
        )
        return policy_page(typed), 409
    flash(_("Saved as version %(version)s. It counts from the next run on.", version=saved.version), "done")
    return redirect(url_for("console.get_policy_page"), code=303)


def _what_if(typed: Typed, policy: Policy) -> ResponseReturnValue:
    try:
        return policy_page(typed, ask_what_if(policy))
    except Conflict as error:
        no_run = error.code == "no_run_yet"
        flash(
            _("There was no run yet, so there is nobody to match again.")
            if no_run
            else _("The last run cannot be asked any more. After the next one, this can be worked out again."),
            "kind",
        )
        return policy_page(typed), 409


def typed_policy() -> Typed:
    """Check the policy that was typed."""
    values = kept()
    try:
        return Typed(values, load_policy(body_of(_in_force(), values)), ())
    except FormError as problem:
        return Typed(values, None, (FieldProblem(problem.field, problem.message),))
    except ValidationError as error:
        return Typed(values, None, field_problems(error))


def policy_page(typed: Typed | None = None, what_if: WhatIf | None = None) -> str:
    """Show the policy as a form, with what was typed in it and what that would do."""
    policy = _in_force()
    return render_template(
        "console/policy.html",
        form=form_of(policy, typed.values if typed else {}),
        version=policy.version,
        objectives=OBJECTIVES,
        orders=ORDERS,
        problems={problem.field: sentence(retold(problem.message)) for problem in typed.problems} if typed else {},
        whens=WHENS,
        has_labels=bool(policy.labels),
        what_if=what_if,
    )


def _in_force() -> Policy:
    return get_policy(store(), current_user.platform_id)
