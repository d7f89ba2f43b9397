"""A platform's policy: its rules, weights and timings, every version kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from matching.policy import Policy
from service.errors import StaleVersion
from service.events import new_event
from service.records.codec import put_of, read_as
from service.records.policy import PolicyVersion
from service.storage.store import Changes, Page, Store
from service.usecases.queueing import announce, enqueue, new_job
from service.usecases.reading import as_page, found

DEFAULT_POLICY = Policy()
"""Version 1 of every platform: what holds until one is saved."""


def get_policy(store: Store, platform_id: str) -> Policy:
    """Read the policy in force."""
    saved = policy_version(store, platform_id)
    return DEFAULT_POLICY if saved is None else saved.policy


def policy_version(store: Store, platform_id: str) -> PolicyVersion | None:
    """Read the policy in force with the moment it was saved; None before the first was."""
    page = store.page(platform_id, PolicyVersion.KIND, limit=1, descending=True)
    return read_as(PolicyVersion, page.records[0]) if page.records else None


def list_policy_versions(
    store: Store, platform_id: str, *, after: str | None = None, limit: int = 100
) -> Page[PolicyVersion]:
    """Read some saved versions, the latest first; version 1 is no saved one (`DEFAULT_POLICY`)."""
    page = store.page(platform_id, PolicyVersion.KIND, after=after, limit=limit, descending=True)
    return as_page(PolicyVersion, page)


def get_policy_version(store: Store, platform_id: str, *, number: int) -> Policy:
    """Read the policy of a version; NotFound (``policy_not_found``) when there is none."""
    if number == DEFAULT_POLICY.version:
        return DEFAULT_POLICY
    return found(store, platform_id, PolicyVersion, PolicyVersion.id_of(number)).policy


def put_policy(store: Store, platform_id: str, *, policy: Policy, now: datetime, expected_version: int) -> Policy:
    """Save a policy that is checked already (`schemas.policy.load_policy`) as the next version, and give it back.

    `policy.version` is ignored. StaleVersion when the one in force is not `expected_version`. A policy that says the
    same as the one in force makes no new version. With other timings a job works out anew when open matches are due.
    """
    current = get_policy(store, platform_id)
    if current.version != expected_version:
        raise StaleVersion(PolicyVersion.KIND, platform_id, expected=expected_version, actual=current.version)
    if replace(policy, version=current.version) == current:
        return current
    following = replace(policy, version=current.version + 1)
    event = new_event("policy.changed", platform_id, now, version=following.version)
    try:
        puts = [put_of(PolicyVersion(following, created_at=now), expected_version=0)]
        if following.timings != current.timings:
            # What is due in open matches moves with it.
            puts.append(put_of(new_job("retime", subject=platform_id, due_at=now, now=now), expected_version=0))
        # Its schedule and its rules are looked after at once.
        announce(store, platform_id, due_at=now, now=now)
        enqueue(store, platform_id, Changes(puts=tuple(puts), events=(event,)), now=now)
    except StaleVersion as error:
        actual = get_policy(store, platform_id).version
        raise StaleVersion(PolicyVersion.KIND, platform_id, expected=expected_version, actual=actual) from error
    return following
