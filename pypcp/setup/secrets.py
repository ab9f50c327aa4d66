"""The passwords of a pair, in a file of their own that only its owner can read."""

from __future__ import annotations

import json
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pypcp.errors import WrongUsage
from pypcp.setup.pair import Pair
from pypcp.setup.pairfile import document_of

_LONGEST = 95  # bytes; a line of .pgpass and of pool_passwd has to hold it


@dataclass(frozen=True, repr=False)
class Secrets:
    """``roles`` are passwords of PostgreSQL, ``pcp`` those of pgpool's own users, ``wd_authkey`` the watchdog's."""

    roles: Mapping[str, str] = field(default_factory=dict)
    pcp: Mapping[str, str] = field(default_factory=dict)
    wd_authkey: str = ""

    def __post_init__(self) -> None:
        named = {**self.roles, **{f"pcp {name}": value for name, value in self.pcp.items()}}
        for name, value in {**named, "wd_authkey": self.wd_authkey}.items():
            if not isinstance(value, str) or len(value) > _LONGEST or not value.isascii() or not value.isprintable():
                wanted = f"up to {_LONGEST} printable ASCII characters"
                raise WrongUsage(f"use the password of {name}", f"it has to be {wanted}")

    def __repr__(self) -> str:
        return f"Secrets(of {', '.join([*self.roles, *self.pcp])})"

    def missing(self, pair: Pair) -> list[str]:
        """The roles whose password has to come from somebody: pgpool needs it, and setup does not make it up."""
        return [role for role in pair.roles if role != pair.users.check and not self.roles.get(role)]

    def completed(self, pair: Pair) -> Secrets:
        """With all that can be made up made up: the check's role, the PCP user, the watchdog's key."""
        check, pcp = pair.users.check, pair.users.pcp
        roles = {**self.roles, check: self.roles.get(check) or _random()}
        return Secrets(roles, {**self.pcp, pcp: self.pcp.get(pcp) or _random()}, self.wd_authkey or _random())

    def values(self) -> list[str]:
        """Everything that no diff, plan or message may show."""
        return [value for value in (*self.roles.values(), *self.pcp.values(), self.wd_authkey) if value]


def _random() -> str:
    return secrets.token_hex(16)


def path_beside(pair_file: Path) -> Path:
    """Where the secrets of a pair's file are: ``pair.secrets`` beside ``pair.toml``."""
    return pair_file.with_suffix(".secrets")


def read(path: Path) -> Secrets:
    """The secrets of the file, none where there is no file. Raises WrongUsage, also where others can read it."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode) or mode & 0o077:
                said = f"others can read it (mode {stat.S_IMODE(mode):04o})"
                raise WrongUsage(f"read {path}", said, f"chmod 600 {path}")
            return _parsed(file.read().decode())
    except FileNotFoundError:
        return Secrets()
    except (OSError, ValueError) as error:
        if isinstance(error, WrongUsage):
            raise
        # what a parser says may quote the text, and the text is secret
        why = error.strerror if isinstance(error, OSError) else ""
        raise WrongUsage(f"read {path}", why or "it is not TOML with [roles], [pcp] and wd_authkey") from None


def _parsed(text: str) -> Secrets:
    document: dict[str, Any] = document_of(text)
    tables = [document.get(name, {}) for name in ("roles", "pcp")]
    if set(document) - {"roles", "pcp", "wd_authkey"} or not all(isinstance(table, dict) for table in tables):
        raise ValueError
    return Secrets(tables[0], tables[1], document.get("wd_authkey", ""))


def write(path: Path, wanted: Secrets) -> None:
    """Put the secrets into the file, in one moment, with mode 0600 from the start. Raises OSError."""
    lines = [f"wd_authkey = {json.dumps(wanted.wd_authkey)}"]
    for title, table in (("roles", wanted.roles), ("pcp", wanted.pcp)):
        lines += ["", f"[{title}]", *(f"{_key(name)} = {json.dumps(value)}" for name, value in table.items())]
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
        try:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)
