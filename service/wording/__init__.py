"""The wording pack: for every event and audience a text in plain English, which a platform may say in its own words.

`english.py` holds the texts, `placeholders.py` what may stand in them, `pack.py` which text somebody gets. Pure: what a
platform has set is a record, filled in by `service/usecases/messages.py`. The words are those of CONTRIBUTING.md:
supply, never blame; no score, no measure, no rule's key; nothing that tells one of the two what the other one said.
"""
