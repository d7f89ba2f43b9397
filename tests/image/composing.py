"""Starting what compose.yaml names, as it is written there: commands, settings, memory, volumes, order, health."""

from __future__ import annotations

import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.image.building import Image
from tests.image.rooms import ROOT, Room
from tests.reliability.processes import wait_until

_UNDERSTOOD = frozenset(
    {"image", "build", "command", "environment", "volumes", "ports", "tmpfs", "read_only", "restart", "healthcheck"}
    | {"depends_on", "stop_grace_period", "cap_drop", "security_opt"}
)


@dataclass
class Service:
    """A service that runs."""

    name: str
    process: subprocess.Popen[bytes]
    room: Room | None
    log: Path


class Composed:
    """The services of compose.yaml on this machine, each in a room; ports are other ones where these may be taken."""

    def __init__(self, image: Image, folder: Path, *, ports: dict[str, int]) -> None:
        self.document: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
        self._image, self._folder, self._ports = image, folder, ports
        self.services: dict[str, Service] = {}
        for name in self.document["volumes"]:
            volume = folder / "volumes" / name
            # A new volume begins as what the image has there.
            volume.mkdir(parents=True)
            shutil.copystat(image.root / "data", volume)
            shutil.chown(volume, int(image.user), int(image.user))

    def up(self) -> None:
        """Start every service once those it depends on are there."""
        for name, service in self.document["services"].items():
            unknown = set(service) - _UNDERSTOOD
            assert not unknown, f"not understood in compose.yaml: {unknown}"
            for other, how in service.get("depends_on", {}).items():
                self._await(other, how["condition"])
            self._start(name, service)

    def room_of(self, name: str, **more: str) -> Room:
        """Give the room of a service."""
        service = self.document["services"][name]
        environment = {**self._image.environment, **service.get("environment", {})}
        return Room(
            root=self._image.root,
            environment={key: self._here(value) for key, value in {**environment, **more}.items()},
            workdir=self._image.workdir,
            user=self._image.user,
            is_read_only=service.get("read_only", False),
            tmpfs=dict(each.partition(":")[::2] for each in service.get("tmpfs", ())),
            volumes={
                place: self._folder / "volumes" / volume
                for volume, place in (each.split(":")[:2] for each in service.get("volumes", ()))
            },
        )

    def is_healthy(self, name: str) -> bool:
        """Ask a service's health check, its own or the image's."""
        service = self.document["services"][name]
        if name == "redis":
            test = ["redis-cli", "-p", str(self._ports["6379"]), *service["healthcheck"]["test"][2:]]
            return subprocess.run(test, capture_output=True, check=False).stdout == b"PONG\n"
        room = self.room_of(name, ALONGSIDE_PORT=str(self._ports["8000"]))
        done = subprocess.run([*room.command([*self._image.entrypoint, "health"])], capture_output=True, check=False)
        return done.returncode == 0

    def hears(self, name: str, number: signal.Signals) -> bool:
        """Tell whether a service has a handler for a signal, as the kernel says."""
        status = Path(f"/proc/{self.services[name].process.pid}/status").read_text()
        caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
        return bool(int(caught, 16) >> (number - 1) & 1)

    def stop(self, name: str, *, seconds: float = 60) -> int:
        """Ask a service to end as an engine does, and give its exit code."""
        process = self.services.pop(name).process
        process.send_signal(signal.SIGTERM)
        return process.wait(seconds)

    def down(self) -> None:
        """End all, the last one first."""
        for service in reversed(self.services.values()):
            with suppress(ProcessLookupError):
                service.process.terminate()
        for service in self.services.values():
            try:
                service.process.wait(30)
            except subprocess.TimeoutExpired:
                service.process.kill()
                service.process.wait()
        self.services.clear()

    def _start(self, name: str, service: dict[str, Any]) -> None:
        log = self._folder / f"{name}.log"
        if name == "redis":
            # Its image is not ours: the machine's server, with the very arguments.
            data = self._folder / "volumes" / "redis"
            command = [
                *service["command"],
                "--port",
                str(self._ports["6379"]),
                "--dir",
                str(data),
                "--bind",
                "127.0.0.1",
            ]
            with log.open("ab") as out:
                process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
            self.services[name] = Service(name, process, None, log)
            return
        room = self.room_of(name, ALONGSIDE_PORT=str(self._ports["8000"]))
        process = room.start([*self._image.entrypoint, *service["command"]], log)
        self.services[name] = Service(name, process, room, log)

    def _await(self, name: str, condition: str) -> None:
        service = self.services[name]
        if condition == "service_completed_successfully":
            assert service.process.wait(60) == 0, service.log.read_text()
        else:
            assert condition == "service_healthy", condition
            wait_until(lambda: self.is_healthy(name), what=f"{name} is healthy")

    def _here(self, text: str) -> str:
        return str(text).replace("redis://redis:6379", f"redis://127.0.0.1:{self._ports['6379']}")
