"""What the laboratory needs of this machine, and what it finds there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_PROGRAMS = {
    "pgpool": "pgpool2",
    "pcp_node_info": "pgpool2",
    "pg_ctlcluster": "postgresql-common",
    "sshd": "openssh-server",
    "ssh": "openssh-client",
    "ip": "iproute2",
    "ping": "iputils-ping",
    "arping": "iputils-arping",
    "sudo": "sudo",
    "nsenter": "util-linux",
    "unshare": "util-linux",
    "setpriv": "util-linux",
}


def postgres_bin() -> Path | None:
    """The directory of the newest installed PostgreSQL's programs; ``None`` when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_rewind"), key=lambda path: float(path.parts[4]))
    return found[-1].parent if found else None


def missing() -> list[str]:
    """What keeps the laboratory from running here, in words; empty when nothing does."""
    if os.geteuid() != 0:
        return ["root"]
    lacks = {f"package {package}" for name, package in _PROGRAMS.items() if not shutil.which(name, path=SYSTEM_PATH)}
    if postgres_bin() is None:
        lacks.add("package postgresql")
    if not lacks and not _may_make_namespaces():
        lacks.add("the right to make network and mount namespaces (in a container: --privileged)")
    return sorted(lacks)


def _may_make_namespaces() -> bool:
    trial = "mount -t tmpfs none /mnt && ip link add trial type bridge && ip link add one type veth peer name two"
    done = subprocess.run(["unshare", "--net", "--mount", "--pid", "--fork", "sh", "-c", trial], capture_output=True)
    return done.returncode == 0


def python_homes() -> list[Path]:
    """The directories that a host must see for this Python, its environment and pypcp to run in it."""
    return sorted({REPOSITORY, Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()})
