"""Record what a release's own tools say with its pgpool, as a further file for tests/fixtures/transcripts.

    scripts/test-matrix trixie -k nothing    makes the folder
    .venv/bin/python -m tests.matrix.record ~/.cache/pypcp/releases/trixie tests/fixtures/transcripts

What is asked is taken from the recording of 4.7: its conversations with one pgpool, from everything up to the stop, so
that a name means the same in every file. Left out are those that need PostgreSQL stopped, or client sessions.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pypcp.lab import Lab
from pypcp.lab.cluster import Workshop
from pypcp.lab.files import make_directory, write
from pypcp.lab.layout import PGPOOL_HOST
from pypcp.lab.passwords import Passwords
from pypcp.lab.processes import wait_until
from pypcp.wire import Decoder
from tests.matrix.release import Release
from tests.matrix.server import Server, running, running_pair
from tests.ports import free_ports

MODEL = Path(__file__).parents[1] / "fixtures" / "transcripts" / "pgpool-4.7.json"
LEFT_OUT = re.compile(r"before_first|postgres_|sessions|not_configured|connection_refused|pid_|after_postgres")
PORT, USER = 21898, "pgadmin"  # as in the other recordings; the user's password is the same word
PLAIN = "logging_collector = off\nmemory_cache_enabled = off\n"


class Relay:
    """Passes every byte on between a tool and pgpool, and keeps the frames in the order in which they came."""

    def __init__(self, port: int) -> None:
        self.frames: list[dict[str, Any]] = []
        self.closed_by: str | None = None
        self._port = port
        self._listener = socket.create_server((PGPOOL_HOST, PORT))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            client = self._listener.accept()[0]
            server = socket.create_connection((PGPOOL_HOST, self._port))
            with client, server, selectors.DefaultSelector() as waiting:
                waiting.register(client, selectors.EVENT_READ, ("client", server, Decoder()))
                waiting.register(server, selectors.EVENT_READ, ("server", client, Decoder()))
                while not self.closed_by:
                    for key, _ in waiting.select():
                        self._pass_on(key.fileobj, *key.data)

    def _pass_on(self, near: Any, who: str, far: socket.socket, decoder: Decoder) -> None:
        arrived = near.recv(65536)
        if not arrived:
            self.closed_by = self.closed_by or who
            return
        decoder.receive(arrived)
        while frame := decoder.next_frame():
            hexed = frame.payload.hex()
            self.frames.append(
                {"from": who, "type": frame.kind.decode(), "length": len(frame.payload) + 4, "payload_hex": hexed}
            )
        far.sendall(arrived)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # a tool that gave up by itself never connected
        self._thread.join(timeout=2)
        self._listener.close()


def recorded(server: Server, model: dict[str, Any]) -> dict[str, Any]:
    """The conversation of the model, held with this release."""
    words: list[str] = model["argv"]
    passfile = server.lab.directory / "pcppass-recorded"
    password = {"wrong": "not-the-password", "no": None}.get(model["name"].partition("_password")[0], USER)
    line = "another:1:nobody:nothing\n" if password is None else f"{PGPOOL_HOST}:{PORT}:{words[6]}:{password}\n"
    write(passfile, line, server.shop.runner.user)
    relay = Relay(server.lab.pcp_port)
    try:
        ended = server.release.run(server.shop.runner, words, PCPPASSFILE=str(passfile))
    finally:
        time.sleep(0.05)
        relay.close()
    return {
        "name": model["name"],
        "setup": "single",
        "argv": words,
        "exit_code": ended.returncode,
        "stdout": ended.stdout.decode(),
        "stderr": ended.stderr.decode(),
        "frames": relay.frames,
        "closed_by": relay.closed_by,
    }


def conversations(server: Server) -> Iterator[dict[str, Any]]:
    """Those of the model that this release can hold, in its order."""
    last = ""
    for model in json.loads(MODEL.read_text())["conversations"]:
        name = model["name"]
        if model["setup"] != "single" or LEFT_OUT.search(name) or not server.release.has(model["argv"][0]):
            continue
        if "just_after" not in name:
            settle(server, last)
        with busy_session(server) if name.startswith("proc_info") else contextlib.nullcontext():
            yield recorded(server, model)
        last = name if name.startswith(("attach_1", "detach_1")) else last if "just_after" in name else ""


@contextlib.contextmanager
def busy_session(server: Server) -> Iterator[None]:
    """A client inside a transaction, so that one of pgpool's processes has something to tell of."""
    psql = subprocess.Popen(
        [server.shop.runner.bindir / "psql", "-X", "-q", "-d", server.through],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={"LC_ALL": "C"},
        text=True,
    )
    assert psql.stdin
    psql.stdin.write("BEGIN; SELECT 1;\n")
    psql.stdin.flush()
    try:
        assert wait_until(lambda: b"Idle in transaction" in server.tool("pcp_proc_info").stdout, within=10)
        yield
    finally:
        psql.communicate()


def settle(server: Server, last: str) -> None:
    """Wait until what was asked for has happened, and pgpool has renewed its PCP processes, a second later."""
    if not last:
        return
    wanted = re.compile(" down " if last.startswith("detach") else " (waiting|up) ")
    asked = ("pcp_node_info", "-n", "1")
    assert wait_until(lambda: wanted.search(server.tool(*asked).stdout.decode()), within=15), last
    time.sleep(1.5)


def main(folder: Path, target: Path) -> None:
    release = Release(folder.name, folder)
    ground = Path(tempfile.mkdtemp(prefix="pypcp-record-", dir="/tmp"))
    ground.chmod(0o711)
    try:
        passwords = Passwords()
        shop = Workshop.of(Lab(ground / "lab", postgres_port=free_ports(1)[0]))
        make_directory(shop.lab.directory, shop.runner.user)
        with running_pair(shop.lab, shop, passwords), running(release, shop, passwords, PLAIN) as server:
            with (server.lab.pgpool / "pcp.conf").open("a") as file:
                file.write(f"{USER}:{hashlib.md5(USER.encode()).hexdigest()}\n")
            document = {
                "pgpool_version": release.exact_version,
                "postgres_version": server.rows("SHOW server_version")[0][0].split()[0],
                "conversations": list(conversations(server)),
            }
    finally:
        shutil.rmtree(ground)
    major_minor = ".".join(map(str, release.version))
    (target / f"pgpool-{major_minor}.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
