"""When two language tags are one language. Never here: checking that a tag is well formed; that is the edge's work."""

from __future__ import annotations

RENAMED = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro", "cmn": "zh"}
"""Primary subtags that a registry has replaced, and Mandarin, whose tag in use is Chinese."""

TRADITIONAL_REGIONS = frozenset({"tw", "hk", "mo"})


def language_of(tag: str) -> str:
    """Give the language a BCP 47 tag stands for: its primary subtag, for Chinese with the script.

    ``zh`` alone, or with a region other than Taiwan, Hong Kong or Macao, is read as simplified, as Unicode's likely
    subtags do. An extended language is a language of its own: ``zh-yue`` is ``yue``.
    """
    primary, *rest = tag.lower().replace("_", "-").split("-")
    if rest and len(rest[0]) == 3 and rest[0].isalpha():
        primary = rest.pop(0)
    primary = RENAMED.get(primary, primary)
    if primary != "zh":
        return primary
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), None)
    if script is None:
        script = "hant" if TRADITIONAL_REGIONS.intersection(rest) else "hans"
    return f"zh-{script}"


def languages_of(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Give the languages of a member's tags, each once, most preferred first."""
    return tuple(dict.fromkeys(language_of(tag) for tag in tags))
