"""A platform's own words as they come in, over HTTP and from files: the schema over the events that tell somebody."""

from __future__ import annotations

from schemas.wording import wording_in
from service.wording.english import Audience
from service.wording.pack import events

WordingIn = wording_in(events(), Audience)
"""The platform's own words in one language."""
