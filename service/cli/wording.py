"""`alongside wording`: what people are told, in a platform's own words, as a YAML file that people can change."""

from __future__ import annotations

from pathlib import Path

import click

from service.cli.output import say
from service.cli.session import existing_file, loaded, opened, platform_option, read_yaml_file

language_option = click.option(
    "--language", default="en", show_default=True, metavar="TAG", help="A BCP 47 tag, for example pl or pt-BR."
)


@click.group()
def wording() -> None:
    """Say what people are told, and where they find help."""


@wording.command("show")
@platform_option
@language_option
def show(platform_id: str, language: str) -> None:
    """Print the platform's own words in a language, as YAML that `wording set` takes."""
    import yaml

    from service.usecases.platforms import get_platform
    from service.usecases.wording import all_wordings

    tag = _tag(language)
    with opened() as session:
        get_platform(session.store, platform_id)
        found = all_wordings(session.store, platform_id).get(tag)
    texts = {} if found is None else {event: dict(audiences) for event, audiences in found.texts.items()}
    document = {"signposting": "" if found is None else found.signposting, "texts": texts}
    say(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=60).rstrip())


@wording.command("set")
@click.argument("file", type=existing_file)
@platform_option
@language_option
def set_(file: Path, platform_id: str, language: str) -> None:
    """Set the words of a language from FILE (YAML or JSON); what FILE leaves out is said in our words."""
    from service.records.wording import Wording
    from service.usecases.platforms import get_platform
    from service.usecases.wording import put_wording
    from service.wording.reading import WordingIn

    words = loaded(file, WordingIn().load, read_yaml_file(file))
    tag = _tag(language)
    with opened() as session:
        get_platform(session.store, platform_id)
        wanted = Wording(tag, words["signposting"], session.now, words["texts"])
        put_wording(session.store, platform_id, wording=wanted)
    say(f"These are the words of {platform_id} in {tag} now.")


@wording.command("help")
@click.argument("text")
@platform_option
@language_option
def help_(text: str, platform_id: str, language: str) -> None:
    """Say in TEXT where help is to be found at once; nothing else changes."""
    from service.usecases.platforms import get_platform
    from service.usecases.wording import set_signposting
    from service.wording.reading import WordingIn

    words = loaded(Path("TEXT"), WordingIn().load, {"signposting": text})
    tag = _tag(language)
    with opened() as session:
        get_platform(session.store, platform_id)
        set_signposting(session.store, platform_id, language=tag, text=words["signposting"], now=session.now)
    say(f"Whoever is paused for care in {platform_id} is told this now.")


def _tag(language: str) -> str:
    from schemas.languages import canonical

    tag = canonical(language)
    if tag is None:
        raise click.BadParameter("name a known language, for example en, pl or pt-BR", param_hint="--language")
    return tag
