"""docs/integrating.md once more, with the client that openapi-python-client makes of the document."""

import os
import time
import uuid

from alongside_client import AuthenticatedClient
from alongside_client.api.matches import list_matches, post_action
from alongside_client.api.members import patch_member, put_member
from alongside_client.api.runs import get_run, post_run
from alongside_client.models import ActionIn, MemberIn, MemberPatch, RunIn

SHARED = {
    "languages": ["en"],
    "timezone": "Europe/London",
    "availability": [{"day": "tue", "start": "18:00", "end": "20:00"}],
    "modes": ["voice", "text"],
    "age_band": "35-44",
    "consent": {"matching": True, "given_at": "2026-09-01T10:00:00Z"},
}

client = AuthenticatedClient(
    base_url=os.environ["ALONGSIDE_URL"], token=os.environ["ALONGSIDE_KEY"], raise_on_unexpected_status=True
)


def good(answer):
    assert answer.status_code < 400, answer.content
    return answer.parsed


def put(member_id, **side):
    return good(put_member.sync_detailed(member_id, client=client, body=MemberIn.from_dict({**SHARED, **side})))


put("client-1", seeker={"topics": ["bereavement"]})
put("client-2", supporter={"topics": ["bereavement"]})
patch = MemberPatch.from_dict({"pace": "weekly", "gender": None})
patched = good(patch_member.sync_detailed("client-1", client=client, body=patch))
print(patched.member_id, patched.pace)

run = good(post_run.sync_detailed(client=client, body=RunIn(), idempotency_key=f'"{uuid.uuid4()}"'))
while run.state in ("queued", "running"):
    time.sleep(0.2)
    run = good(get_run.sync_detailed(run.run_id, client=client))
print(run.state, run.counts.matched)

page = good(list_matches.sync_detailed(client=client, state="proposed", limit=500))
match = next(found for found in page.matches if found.seeker_id == "client-1")


def act(**action):
    return good(post_action.sync_detailed(match.match_id, client=client, body=ActionIn.from_dict(action)))


match = act(action="approve")
members = {"supporter": match.supporter_id, "seeker": match.seeker_id}
while match.awaited:
    side = match.awaited[0]
    match = act(action="accept", by={"role": side, "member_id": members[side]})
print(match.state)
