"""The crontab, systemd and Kubernetes lines of docs/operations.md, run or checked as they are written there."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

TEXT = (Path(__file__).parents[3] / "docs/operations.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```", TEXT.split("## Rematching by itself")[1], re.MULTILINE | re.DOTALL)
INSTALLED = "/srv/alongside/.venv/bin/alongside"


@pytest.fixture
def alongside(tmp_path):
    """A program that is `alongside`, in a folder of its own."""
    program = tmp_path / "bin" / "alongside"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from service.cli import main; main()" "$@"\n')
    program.chmod(0o755)
    return program


def ended(command, tmp_path, **more):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALONGSIDE_")} | more
    return subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, check=False)


def test_the_line_for_cron_makes_a_run_and_then_says_75_and_one_line_each(alongside, tmp_path):
    (line,) = (line for line in BLOCKS[0].splitlines() if not line.startswith("#"))
    when, user, command = re.fullmatch(r"((?:\S+ ){5}) *(\S+) +(.*)", line).groups()
    assert (when.split(), user) == (["10", "3", "*", "*", "*"], "alongside")
    command = command.replace(INSTALLED, str(alongside)).replace("/srv/alongside", str(tmp_path))
    command = command.replace("/var/log", str(tmp_path))
    store = {"ALONGSIDE_STORE": f"sqlite:///{tmp_path}/alongside.sqlite3"}
    assert ended(f"{alongside} platforms create harbour --signposting 112", tmp_path, **store).returncode == 0

    hour, codes = -1, []
    while hour != datetime.now(UTC).hour:
        # Again where the two came into different slots.
        hour, codes = datetime.now(UTC).hour, [*codes, *(ended(command, tmp_path).returncode for _ in range(2))]

    assert codes[-1] == 75
    assert set(codes) == {0, 75}
    assert (tmp_path / "alongside-rematch.log").read_text().count("\n") == len(codes)


def units():
    """The unit files by name."""
    found = dict(re.findall(r"^# /etc/systemd/system/(\S+)\n(.*?)(?=^# /etc|\Z)", BLOCKS[1], re.MULTILINE | re.DOTALL))
    assert set(found) == {"alongside-rematch.service", "alongside-rematch.timer"}
    return found


def test_for_systemd_75_is_a_success_and_a_missed_night_is_made_up_for():
    parsed = {}
    for name, text in units().items():
        parsed[name] = RawConfigParser()
        parsed[name].optionxform = str
        parsed[name].read_string(text)

    service, timer = parsed["alongside-rematch.service"]["Service"], parsed["alongside-rematch.timer"]["Timer"]
    assert (service["Type"], service["SuccessExitStatus"]) == ("oneshot", "75")
    assert shlex.split(service["ExecStart"]) == [INSTALLED, "rematch", "--all", "--slot", "60"]
    assert (timer["OnCalendar"], timer["Persistent"]) == ("*-*-* 03:10:00 Europe/London", "true")


def test_systemd_itself_has_nothing_to_say_about_the_units(alongside, tmp_path):
    if shutil.which("systemd-analyze") is None:
        # Where there is no systemd nobody installs units; the test above reads them.
        return
    paths = []
    for name, text in units().items():
        (tmp_path / name).write_text(text.replace(INSTALLED, str(alongside)).replace("User=alongside", "User=root"))
        paths.append(str(tmp_path / name))
    verified = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True, check=False)
    told = subprocess.run(
        ["systemd-analyze", "calendar", "*-*-* 03:10:00 Europe/London"], capture_output=True, text=True, check=False
    )

    said = [line for line in verified.stderr.splitlines() if "alongside-rematch" in line]
    assert (verified.returncode, said) == (0, [])
    assert "Next elapse" in told.stdout


@pytest.mark.parametrize(("code", "told"), [(0, 0), (75, 0), (1, 1), (69, 69)])
def test_for_kubernetes_75_is_a_success_and_everything_else_is_what_it_is(tmp_path, code, told):
    job = yaml.safe_load(BLOCKS[2])
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    stub = tmp_path / "alongside"
    stub.write_text(f"#!/bin/sh\nexit {code}\n")
    stub.chmod(0o755)

    done = subprocess.run(
        ["/bin/sh", *container["args"][1:]], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=False, capture_output=True
    )

    assert container["args"][0] == "sh"
    assert done.returncode == told


def test_the_job_for_kubernetes_is_one_of_its_kind():
    job = yaml.safe_load(BLOCKS[2])
    spec, pod = job["spec"], job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    assert (spec["timeZone"], spec["concurrencyPolicy"]) == ("Europe/London", "Forbid")
    assert (pod["restartPolicy"], pod["enableServiceLinks"]) == ("Never", False)
    assert pod["securityContext"]["runAsUser"] == 10001
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    volumes = {volume["name"] for volume in pod["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
    assert "/run/alongside" in {mount["mountPath"] for mount in container["volumeMounts"]}
