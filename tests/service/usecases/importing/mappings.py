"""A mapping for tests of imports: members of which the file says the least."""

MAPPING = {
    "rows": "seekers",
    "id": {"column": "Member"},
    "fields": {
        "languages": {"column": "Languages", "split": ","},
        "timezone": {"constant": "Europe/London"},
        "modes": {"constant": ["text"]},
        "age_band": {"column": "Age", "as": "age_band"},
        "consent.matching": {"constant": True},
        "consent.given_at": {"constant": "2026-09-01T10:00:00Z"},
    },
}
