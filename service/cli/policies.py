"""`alongside policy`: a platform's rules and weights, as a YAML file that people can read, change and set again."""

from __future__ import annotations

from pathlib import Path

import click

from service.cli.output import print_json, say
from service.cli.session import existing_file, json_option, loaded, opened, platform_option, read_yaml_file


@click.group()
def policy() -> None:
    """Show and set a platform's policy."""


@policy.command("show")
@platform_option
@json_option
def show(platform_id: str, *, as_json: bool) -> None:
    """Print the policy in force, as YAML that `policy set` takes."""
    from schemas.policy import PolicyOut
    from service.usecases.platforms import get_platform
    from service.usecases.policies import get_policy

    with opened() as session:
        get_platform(session.store, platform_id)
        document = PolicyOut().dump(get_policy(session.store, platform_id))
    if as_json:
        print_json(document)
        return
    import yaml

    # PyYAML breaks a line after it has passed the width: 60 stays within 80 columns.
    say(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_flow_style=None, width=60).rstrip())


@policy.command("set")
@click.argument("file", type=existing_file)
@platform_option
def set_(file: Path, platform_id: str) -> None:
    """Set the policy from FILE (YAML or JSON); what FILE leaves out takes its default.

    A `version` in FILE must be the version in force: somebody else's change in between is not overwritten.
    """
    from schemas.policy import load_policy
    from service.usecases.platforms import get_platform
    from service.usecases.policies import get_policy, put_policy

    document = read_yaml_file(file)
    wanted = loaded(file, load_policy, document)
    with opened() as session:
        get_platform(session.store, platform_id)
        current = get_policy(session.store, platform_id).version
        expected = wanted.version if isinstance(document, dict) and "version" in document else current
        saved = put_policy(session.store, platform_id, policy=wanted, now=session.now, expected_version=expected)
    say(f"Version {saved.version} of the policy of {platform_id} is in force.")
