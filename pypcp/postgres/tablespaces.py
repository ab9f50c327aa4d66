"""Where tablespaces lie: what is at their paths on another host, which needs the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pypcp.errors import MalformedReply
from pypcp.hosts.host import Host
from pypcp.postgres import scripts
from pypcp.postgres.instance import Instance


@dataclass(frozen=True)
class Place:
    """A path on a host: whether it is a directory in which the server's owner may write, and holds a tablespace."""

    path: str
    usable: bool
    taken: bool


def places(host: Host, instance: Instance, paths: Sequence[str]) -> tuple[Place, ...]:
    """What is at these paths on the instance's host.

    Raises OperationFailed and MalformedReply when it cannot be looked, and what ``Host.run`` raises.
    """
    tried = f"look for the places of tablespaces on {host.name}"
    answer = host.run(scripts.text("places"), [instance.version, *paths], as_user=instance.owner).or_fail(tried)
    found = [line.split() for line in answer.stdout.decode("utf-8", "replace").splitlines()]
    if len(found) != len(paths) or any(len(words) != 2 for words in found):
        raise MalformedReply(tried, f"the answer cannot be read: {answer.stdout[:80]!r}")
    return tuple(
        Place(path, usable == "yes", taken == "yes") for path, (usable, taken) in zip(paths, found, strict=True)
    )
