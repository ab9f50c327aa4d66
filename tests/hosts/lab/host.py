"""One host: powered on and off as a whole, entered to run programs in it."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tests.hosts.lab.machine import SYSTEM_PATH, postgres_bin, python_homes
from tests.hosts.lab.rack import DIES_WITH_US, ROOM, Rack
from tests.hosts.lab.waiting import eventually

_BOOT = Path(__file__).with_name("boot.sh")

# What a host has of its own: path, owner, mode. All else is the machine's, read-only.
_OWN_DIRECTORIES = (
    ("/root", "root", 0o711),
    ("/home", "root", 0o755),
    ("/tmp", "root", 0o1777),
    ("/run", "root", 0o755),
    ("/var/log", "root", 0o755),
    ("/var/lib/postgresql", "postgres", 0o755),
    ("/etc/postgresql", "postgres", 0o755),
    ("/etc/pgpool2", "postgres", 0o755),
    ("/etc/ssh", "root", 0o755),
    ("/etc/sudoers.d", "root", 0o750),
)
_OWN_FILES = ("/etc/hosts",)
_MADE_AT_BOOT = (
    ("/run/sshd", "root", 0o755),
    ("/run/postgresql", "postgres", 0o2775),
    ("/run/lock", "root", 0o1777),
)
_GONE_AT_BOOT = ("/run", "/tmp")


class CommandFailed(Exception):
    """A program on a host ended with another exit code than 0."""


class Program:
    """A program running on a host. ``popen`` is the way in; ``pid`` is the program itself, as this machine counts."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self.popen = popen
        self.pid = eventually(lambda: _child_of(popen.pid) or popen.poll() is not None and -1, within=10, every=0.002)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the program alone; nothing happens when it has ended."""
        if self.pid > 0 and self.popen.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it ended by itself; the way in has not seen it yet
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)

    def output(self, timeout: float = 60) -> tuple[int, str, str]:
        """Wait for the end; the exit code (128 + signal number when killed), stdout and stderr."""
        out, err = self.popen.communicate(timeout=timeout)
        code = self.popen.returncode
        return (128 - code if code < 0 else code), out, err


class Host:
    """A host of the laboratory: ``name`` is its full name, ``address`` its place in the network."""

    def __init__(self, rack: Rack, name: str, address: str) -> None:
        self.rack, self.name, self.address = rack, name, address
        self.port = name.partition(".")[0]  # of the switch
        self._files = f"{ROOM}/hosts/{name}"
        self._init: subprocess.Popen[str] | None = None
        self.pid = 0  # of the first process on it, as this machine counts
        for path, owner, mode in _OWN_DIRECTORIES:
            _make(rack.room / f"hosts/{name}{path}", owner, mode)
        _make(rack.room / f"hosts/{name}/var/log/postgresql", "postgres", 0o755)
        for path in _OWN_FILES:
            (rack.room / f"hosts/{name}{path}").touch()

    def path(self, inside: str) -> Path:
        """A file of this host's own, as this process sees it, whether the host is on or off."""
        return self.rack.room / f"hosts/{self.name}{inside}"

    def write(self, inside: str, text: str, owner: str = "root", mode: int = 0o644) -> None:
        """Write one of this host's own files whole."""
        path = self.path(inside)
        if not path.parent.exists():
            self.make(inside.rpartition("/")[0], owner, 0o755 if mode & 0o055 else 0o700)
        path.write_text(text)
        path.chmod(mode)
        _give(path, owner)

    def make(self, inside: str, owner: str = "root", mode: int = 0o755) -> None:
        """Make a directory, with those above it."""
        above = inside.rpartition("/")[0]
        if not self.path(above).exists():
            self.make(above, owner, mode)
        _make(self.path(inside), owner, mode)

    @property
    def is_on(self) -> bool:
        return self._init is not None and self._init.poll() is None

    def power_on(self) -> None:
        """Boot: the files are those it had, but /run and /tmp are empty and no program runs."""
        for path in _GONE_AT_BOOT:
            self.rack.run("find", f"{self._files}{path}", "-mindepth", "1", "-delete")
        for path, owner, mode in _MADE_AT_BOOT:
            _make(self.path(path), owner, mode)
        own = [path for path, _, _ in _OWN_DIRECTORIES] + list(_OWN_FILES)
        enter = ["nsenter", "--target", str(self.rack.pid), "--mount", "--"]
        split = ["unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "--kill-child"]
        boot = ["bash", str(_BOOT), self.name, self._files, *own, "--", *map(str, python_homes())]
        self._init = subprocess.Popen(
            [*DIES_WITH_US, *enter, *split, *boot],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._init.stdout is not None
        self.pid = int(self._init.stdout.readline() or 0)
        if not self.pid:
            raise RuntimeError(f"{self.name} did not boot: {self._init.communicate()[1]}")
        last = int(self.address.rpartition(".")[2])
        self.rack.plug_in(self.port, self.pid, f"02:00:00:00:00:{last:02x}")  # the same after every boot
        self.run(["ip", "address", "add", f"{self.address}/24", "broadcast", "+", "dev", "eth0"])
        self.run(["ip", "link", "set", "eth0", "up"])

    def power_off(self) -> None:
        """Pull the plug: everything on the host is dead at once. Its files stay."""
        if self._init is None:
            return
        try:
            if self.pid:
                self.rack.take_out(self.port)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid or self._init.pid, signal.SIGKILL)  # the first process takes every other with it
            self._init.communicate()
            self._init, self.pid = None, 0

    def unplug(self) -> None:
        """Take the network cable out of the switch: the host runs on, nobody reaches it."""
        self.rack.set_port(self.port, up=False)

    def plug(self) -> None:
        self.rack.set_port(self.port, up=True)

    def popen(
        self,
        argv: Sequence[str],
        user: str = "root",
        env: Mapping[str, str] | None = None,
        stdin: int | IO[str] = subprocess.DEVNULL,
        stdout: int | IO[str] = subprocess.PIPE,
        stderr: int | IO[str] = subprocess.PIPE,
    ) -> Program:
        """Start a program as ``user``, in the user's home, with the environment of a login and ``env``."""
        entered = self.entered(argv, user, env)
        return Program(subprocess.Popen(entered, stdin=stdin, stdout=stdout, stderr=stderr, text=True))

    def run(
        self,
        argv: Sequence[str],
        user: str = "root",
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        check: bool = True,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end; ``CommandFailed`` with what it said when it fails and ``check`` is on."""
        entered = self.entered(argv, user, env)
        done = subprocess.run(entered, input=stdin, capture_output=True, text=True, timeout=timeout)
        if check and done.returncode:
            said = (done.stderr.strip() or done.stdout.strip())[-2000:]
            raise CommandFailed(f"{self.name}: {' '.join(argv)}: exit {done.returncode}: {said}")
        return done

    def entered(self, argv: Sequence[str], user: str = "root", env: Mapping[str, str] | None = None) -> list[str]:
        """The argument list that runs ``argv`` on this host when this machine executes it."""
        if not self.is_on:
            raise RuntimeError(f"{self.name} is off")
        home = pwd.getpwnam(user).pw_dir
        login = {"HOME": home, "USER": user, "LOGNAME": user, "PATH": _path(), "LANG": "C.UTF-8", "TERM": "dumb"}
        login["PYTHONDONTWRITEBYTECODE"] = "1"  # the repository is read-only here
        words = [f"{name}={value}" for name, value in {**login, **(env or {})}.items()]
        enter = ["nsenter", "--target", str(self.pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--"]
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--"] if user != "root" else []
        return [*enter, *become, "env", "-i", f"--chdir={home}", *words, *argv]

    def kill(self, pid: int, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to a process by the number that it has on this host."""
        self.run(["kill", f"-{int(number)}", str(pid)])

    def __repr__(self) -> str:
        return f"Host({self.name!r}, {'on' if self.is_on else 'off'})"


def _path() -> str:
    return f"{sys.prefix}/bin:{SYSTEM_PATH}:{postgres_bin()}"


def _make(path: Path, owner: str, mode: int) -> None:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    _give(path, owner)


def _give(path: Path, owner: str) -> None:
    entry = pwd.getpwnam(owner)
    os.chown(path, entry.pw_uid, entry.pw_gid)


def _child_of(parent: int) -> int:
    """The first child of a process, 0 when it has none; not every kernel keeps /proc/PID/task/PID/children."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(fields[1]) == parent:
            return int(stat.parent.name)
    return 0
