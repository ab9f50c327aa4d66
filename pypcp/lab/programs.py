"""The servers' programs on this machine, and the user who may run them."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pypcp.errors import OperationFailed

OLDEST_POSTGRES = 12  # with standby.signal
# Debian's and Red Hat's places, where several versions live side by side, none of them in PATH.
POSTGRES_PLACES = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin")
POSTGRES_PROGRAMS = ("postgres", "initdb", "pg_ctl", "pg_basebackup", "psql")
POSTGRES_PACKAGES = "apt-get install postgresql, or dnf install postgresql-server"
PGPOOL_PACKAGES = "apt-get install pgpool2, or dnf install pgpool-II"


@dataclass(frozen=True)
class Programs:
    """``bindir`` has PostgreSQL's programs, of major version ``postgres_version``; ``pgpool`` is the program."""

    bindir: Path
    postgres_version: int
    pgpool: Path
    pgpool_version: tuple[int, int]


def find_programs(root: Path = Path("/"), path: str | None = None) -> Programs:
    """The newest PostgreSQL that is complete, and pgpool.

    ``root`` and ``path`` (by default ``$PATH``) say where to look. Raises OperationFailed that names the packages.
    """
    path = os.environ.get("PATH", os.defpath) if path is None else path
    bindir = _find_postgres(root, path)
    # pgpool is a daemon, so Debian has it in a directory that ordinary users do not search.
    pgpool = shutil.which("pgpool", path=os.pathsep.join([path, str(root / "usr/sbin"), str(root / "usr/local/sbin")]))
    missing = ([] if bindir else [("PostgreSQL", POSTGRES_PACKAGES)]) + (
        [] if pgpool else [("pgpool", PGPOOL_PACKAGES)]
    )
    if not bindir or not pgpool:
        raise OperationFailed(
            "look for the servers' programs",
            " and ".join(f"{name} is not on this machine" for name, _ in missing),
            "\n".join(f"Install {name}, as root: {packages}" for name, packages in missing),
        )
    return Programs(bindir, postgres_version(bindir), Path(pgpool), pgpool_version(Path(pgpool)))


def _find_postgres(root: Path, path: str) -> Path | None:
    places = [place for pattern in POSTGRES_PLACES for place in root.glob(pattern)]
    places += [Path(place) for place in path.split(os.pathsep) if place]
    complete = [place for place in places if all(os.access(place / name, os.X_OK) for name in POSTGRES_PROGRAMS)]
    return max(complete, key=postgres_version, default=None)


def postgres_version(bindir: Path) -> int:
    """The major version, 15 for 15.20."""
    found = re.search(r"\(PostgreSQL\) (\d+)", _version(bindir / "postgres"))
    return int(found.group(1)) if found else 0


def pgpool_version(pgpool: Path) -> tuple[int, int]:
    """The series, (4, 3) for 4.3.5."""
    found = re.search(r"pgpool-II version (\d+)\.(\d+)", _version(pgpool))
    return (int(found.group(1)), int(found.group(2))) if found else (0, 0)


def _version(program: Path) -> str:
    try:
        result = subprocess.run([program, "--version"], capture_output=True, text=True, errors="replace", timeout=10)
    except (OSError, subprocess.SubprocessError):
        return ""
    return result.stdout + result.stderr  # pgpool says it on stderr


def server_user() -> pwd.struct_passwd:
    """Who runs the servers: for root, ``postgres``, because PostgreSQL refuses root; else the user himself.

    Raises OperationFailed when root has no user ``postgres`` to use.
    """
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise OperationFailed(
            "start PostgreSQL as the user postgres, because it refuses to run as root",
            "there is no such user",
            f"It comes with PostgreSQL's package ({POSTGRES_PACKAGES}). Or run this as an ordinary user.",
        ) from None
