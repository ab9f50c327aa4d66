"""Where the hosts stand: a switch, and room for their files, both in namespaces of their own."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import TracebackType

ROOM = "/mnt"  # a directory that every Linux has; the tmpfs over it is seen from inside the rack only

_BUILD = f"""
set -e
mount -t tmpfs -o mode=755 tmpfs {ROOM}
ip link add switch type bridge
ip link set switch up
echo ready
exec sleep infinity
"""

# The kernel kills what is started this way as soon as the thread that started it ends: not even kill -9 leaves
# anything behind. So hosts must be started from a thread that lives as long as they shall.
DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL")


class Rack:
    """One run's switch and files. As a context manager it ends, with everything on it, on the way out."""

    def __init__(self) -> None:
        self._holder = subprocess.Popen(
            [*DIES_WITH_US, "unshare", "--net", "--mount", "sh", "-c", _BUILD],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        if self._holder.stdout.readline() != "ready\n":
            raise RuntimeError("the rack could not be built; what the system said is on stderr")

    @property
    def pid(self) -> int:
        return self._holder.pid

    @property
    def room(self) -> Path:
        """The rack's own files, as this process sees them."""
        return Path(f"/proc/{self.pid}/root{ROOM}")

    def run(self, *argv: str, stdin: str = "") -> str:
        """The output of a program that sees the rack's network and files, run as root."""
        entered = ["nsenter", "--target", str(self.pid), "--net", "--mount", "--", *argv]
        done = subprocess.run(entered, input=stdin, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(argv)}: exit {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def plug_in(self, port: str, pid: int, hardware: str) -> None:
        """Lay a cable from the switch's ``port`` to ``eth0``, with this hardware address, of the host of ``pid``."""
        network_card = ["name", "eth0", "address", hardware, "netns", str(pid)]
        self.run("ip", "link", "add", port, "type", "veth", "peer", *network_card)
        self.run("ip", "link", "set", port, "master", "switch", "up")

    def take_out(self, port: str) -> None:
        """Remove the cable from ``port``; left to the kernel, it would go some time after its host."""
        self.run("ip", "link", "delete", port)

    def set_port(self, port: str, up: bool) -> None:
        self.run("ip", "link", "set", port, "up" if up else "down")

    def close(self) -> None:
        self._holder.kill()
        self._holder.wait()
        if self._holder.stdout:
            self._holder.stdout.close()

    def __enter__(self) -> Rack:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
