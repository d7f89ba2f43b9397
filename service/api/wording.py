"""What people are told, over HTTP: the texts there are, a platform's own words, and messages ready to be passed on."""

from __future__ import annotations

from typing import Any, Final

from flask_smorest import Blueprint

from schemas.languages import canonical
from schemas.member import MEMBER_ID
from schemas.profile import Language
from schemas.wording import MessagesOut, WordingOut, WordingsOut, message_query
from service.api.auth import needs
from service.api.blueprint import VERSION_HEADER, Headers, path_id, raises, takes_if_match, takes_json, takes_query
from service.api.requests import etag, expected_version, now, platform_id, store
from service.errors import FieldProblem, InvalidInput
from service.records.api_key import Scope
from service.records.wording import Wording
from service.usecases import wording as usecases
from service.usecases.messages import OF_MEMBERS, ON_DEMAND, messages_of_match, messages_of_member
from service.wording.english import ENGLISH
from service.wording.pack import allowed_in
from service.wording.placeholders import PLACEHOLDERS
from service.wording.reading import WordingIn

wording = Blueprint("wording", __name__, url_prefix="/v1", description="What people are told, in your words or ours.")

LANGUAGE = path_id("language", "A BCP 47 tag, for example en or pt-BR.", text_format=Language.FORMAT)
MATCH = path_id("match_id", "The match's id.")
MEMBER = path_id("member_id", "The platform's own id of the member.", MEMBER_ID)

_wording_in = WordingIn()
_EXAMPLE: Final = {
    "signposting": "In an emergency call 999. The Samaritans listen day and night: 116 123.",
    "texts": {"match.active": {"seeker": "Hello {name}, you and {other} can meet now."}},
}


@wording.get("/wording")
@needs(Scope.POLICY)
@wording.response(200, WordingsOut)
def list_texts() -> dict[str, Any]:
    """List every text there is, in English, and what may stand in braces."""
    texts = [
        {"event": event, "audience": audience, "text": text, "placeholders": sorted(allowed_in(event, audience))}
        for event, audiences in ENGLISH.items()
        for audience, text in audiences.items()
    ]
    placeholders = [{"name": name, "description": said} for name, said in PLACEHOLDERS.items()]
    languages = list(usecases.all_wordings(store(), platform_id()))
    return {"texts": texts, "placeholders": placeholders, "languages": languages}


@wording.get("/wording/<language>", parameters=[LANGUAGE])
@needs(Scope.POLICY)
@raises(_404="NotFound")
@wording.response(200, WordingOut, headers=VERSION_HEADER)
def get_wording(language: str) -> tuple[Wording, Headers]:
    """Read your own words in one language."""
    found = usecases.get_wording(store(), platform_id(), language=canonical(language) or language)
    return found, etag(found.version)


@wording.put("/wording/<language>", parameters=[LANGUAGE])
@needs(Scope.POLICY)
@takes_json(WordingIn, example=_EXAMPLE)
@takes_if_match(is_put=True)
@raises(_409="NotNow")
@wording.response(200, WordingOut, headers=VERSION_HEADER)
def put_wording(body: Any, language: str) -> tuple[Wording, Headers]:
    """Say things in your own words in one language; what you leave out is said in ours.

    Before the first run is published, `signposting` has to be given in at least one language.
    """
    loaded = _wording_in.load(body)
    tag = _tag(language)
    wanted = Wording(tag, loaded["signposting"], now(), loaded["texts"])
    expected = expected_version(Wording.KIND, tag, lambda: _version_of(tag))
    saved = usecases.put_wording(store(), platform_id(), wording=wanted, expected_version=expected)
    return saved, etag(saved.version)


@wording.get("/matches/<match_id>/messages", parameters=[MATCH])
@needs(Scope.MATCHES_READ, Scope.MATCHES_RESPOND)
@takes_query(message_query(ON_DEMAND, is_required=False))
@raises(_404="NotFound")
@wording.response(200, MessagesOut)
def list_messages_of_match(query: dict[str, Any], match_id: str) -> dict[str, Any]:
    """Read what the two are told of their match as it stands, each in the best of their languages.

    Only those who know of it are told: a seeker who has not been asked yet hears of no offer. After a death nobody is.
    """
    told = messages_of_match(store(), platform_id(), match_id=match_id, event=query.get("event"), now=now())
    return {"messages": told}


@wording.get("/members/<member_id>/messages", parameters=[MEMBER])
@needs(Scope.MEMBERS_READ)
@takes_query(message_query(OF_MEMBERS, is_required=True))
@raises(_404="NotFound")
@wording.response(200, MessagesOut)
def list_messages_of_member(query: dict[str, Any], member_id: str) -> dict[str, Any]:
    """Read what a member is told of an event about them, in the best of their languages."""
    told = messages_of_member(store(), platform_id(), member_id=member_id, event=query["event"], now=now())
    return {"messages": told}


def _tag(language: str) -> str:
    tag = canonical(language)
    if tag is None:
        allowed = "must be the BCP 47 tag of a known language, for example en, pl, pt-BR or zh-Hant"
        raise InvalidInput("there is no such language", problems=(FieldProblem("language", allowed),))
    return tag


def _version_of(tag: str) -> int:
    found = usecases.all_wordings(store(), platform_id()).get(tag)
    return 0 if found is None else found.version
