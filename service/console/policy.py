"""The policy: what makes a good pair, and how long things take. Looked at before it is saved, every version kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from marshmallow import ValidationError

from matching.policy import Policy
from schemas.policy import load_policy
from service.console.access import Need, needs
from service.console.blueprint import console, now, store
from service.console.forms import kept, version
from service.console.policy_form import OBJECTIVES, ORDERS, body_of, form_of
from service.console.translation import _
from service.errors import FieldProblem, StaleVersion
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
    """Save the policy that was typed as the next version; what is wrong is said beside its field."""
    typed = typed_policy()
    if typed.policy is None:
        return policy_page(typed), 422
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


def typed_policy() -> Typed:
    """Check the policy that was typed."""
    values = kept()
    try:
        return Typed(values, load_policy(body_of(_in_force(), values)), ())
    except ValidationError as error:
        return Typed(values, None, field_problems(error))


def policy_page(typed: Typed | None = None, **more: object) -> str:
    """Show the policy as a form, with what was typed in it."""
    policy = _in_force()
    return render_template(
        "console/policy.html",
        form=form_of(policy, typed.values if typed else {}),
        version=policy.version,
        objectives=OBJECTIVES,
        orders=ORDERS,
        problems={problem.field: problem.message for problem in typed.problems} if typed else {},
        has_labels=bool(policy.labels),
        **more,
    )


def _in_force() -> Policy:
    return get_policy(store(), current_user.platform_id)
