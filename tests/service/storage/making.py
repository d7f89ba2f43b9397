"""Short ways to say what a commit holds, for tests of stores."""

from datetime import UTC, datetime, timedelta

from service.storage.store import NewEvent, Put

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TTL = timedelta(seconds=30)


def put(record_id, body=None, **fields):
    return Put("member", record_id, {} if body is None else body, **fields)


def event(subject, **fields):
    return NewEvent("member.changed", subject, NOW, **fields)


def told(events):
    """What events say, without the codes that vouch for it."""
    return [(each.sequence, each.type, each.subject, each.at, each.body, each.mentions) for each in events]


def ids(page):
    return [record.record_id for record in page.records]


def all_ids(store, **arguments):
    seen, after = [], None
    while True:
        page = store.page("harbour", "member", after=after, **arguments)
        seen += ids(page)
        if page.next is None:
            return seen
        after = page.next
