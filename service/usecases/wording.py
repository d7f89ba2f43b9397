"""A platform's own words: texts in place of ours, language by language, and where help is to be found at once.

Before a platform's first publication it has said the latter in at least one language: whoever is paused for care is
told it, and nobody but the platform knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from service.errors import Conflict, SignpostingMissing, StaleVersion
from service.events import new_event
from service.records.codec import put_of, read_as
from service.records.platform import Platform
from service.records.wording import Wording
from service.storage.store import Changes, Store
from service.usecases.reading import found, maybe_found
from service.wording.pack import check_signposting, check_texts


def all_wordings(store: Store, platform_id: str) -> Mapping[str, Wording]:
    """Read the platform's words by language tag, in the order of the tags; empty where it has none."""
    wordings = (read_as(Wording, stored) for stored in store.each(platform_id, Wording.KIND))
    return {wording.language: wording for wording in wordings}


def get_wording(store: Store, platform_id: str, *, language: str) -> Wording:
    """Read the platform's words in one language; NotFound (``wording_not_found``) otherwise."""
    return found(store, platform_id, Wording, language)


def put_wording(store: Store, platform_id: str, *, wording: Wording, expected_version: int | None = None) -> Wording:
    """Save the words of one language in place of those before; give them as they then stand.

    `wording.version` is ignored. InvalidInput for an event, audience or placeholder there is not; Conflict
    (``signposting_needed``) where no language would say any longer where help is; StaleVersion with
    `expected_version` (0: must be new) when the words are at another.
    """
    check_texts(wording.texts)
    check_signposting(wording.signposting)
    current = maybe_found(store, platform_id, Wording, wording.language)
    version = 0 if current is None else current.version
    if expected_version is not None and expected_version != version:
        raise StaleVersion(Wording.KIND, wording.language, expected=expected_version, actual=version)
    if current is not None and current.signposting and not wording.signposting:
        others = all_wordings(store, platform_id).values()
        if not any(other.signposting for other in others if other.language != wording.language):
            raise Conflict(
                "cannot leave out where help is to be found: no other language says it", code="signposting_needed"
            )
    event = new_event("wording.changed", wording.language, wording.updated_at)
    put = put_of(wording, expected_version=version)
    committed = store.commit(platform_id, Changes(puts=(put,), events=(event,)))
    return replace(wording, version=committed.versions[Wording.KIND, wording.language])


def set_signposting(store: Store, platform_id: str, *, language: str, text: str, now: datetime) -> Wording:
    """Say in one language where help is to be found, and keep the language's texts; errors as `put_wording`."""
    current = maybe_found(store, platform_id, Wording, language)
    texts = {} if current is None else current.texts
    wording = Wording(language, text, now, texts)
    return put_wording(store, platform_id, wording=wording, expected_version=0 if current is None else current.version)


def is_ready_to_publish(store: Store, platform_id: str) -> bool:
    """Whether runs of the platform may propose: it has published before, or said where help is to be found."""
    if found(store, platform_id, Platform, platform_id).current_run is not None:
        return True
    return any(wording.signposting for wording in all_wordings(store, platform_id).values())


def check_ready_to_publish(store: Store, platform_id: str) -> None:
    """Raise SignpostingMissing before a first publication while nobody was told where help is to be found."""
    if not is_ready_to_publish(store, platform_id):
        raise SignpostingMissing
