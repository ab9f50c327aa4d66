"""The hosts: reached, their clocks, their names, and logins between them."""

from __future__ import annotations

from collections.abc import Iterator

from pypcp.doctor.facts import Facts
from pypcp.doctor.result import Result, judged, unknown, unseen

SKEW = 1.0  # seconds that clocks may differ


def reached(facts: Facts) -> Iterator[Result]:
    for host in facts.hosts.values():
        yield judged(
            "host-reached", host.name, "it can be looked at, by ssh and as root", host.trouble,
            "Nothing on it can be examined, nor repaired by a rejoin.",
            f"ssh {host.name} true; as another user than root: sudo -n without a password",
        )  # fmt: skip


def clocks(facts: Facts) -> Iterator[Result]:
    title = "its clock agrees with this machine's"
    yield from unseen("clock", title, facts.unseen)
    for host in facts.hosts.values():
        if host.trouble:
            continue
        off = abs(host.clock) > SKEW
        yield judged(
            "clock", host.name, title,
            f"it is {abs(host.clock):.1f} s {'ahead' if host.clock > 0 else 'behind'}" if off else "",
            "Logs and times of WAL cannot be compared, and point-in-time recovery goes wrong.",
            f"ssh {host.name} chronyc makestep",
        )  # fmt: skip


def names(facts: Facts) -> Iterator[Result]:
    """A name may mean 127.0.x.1 on its own host, as Debian has it; nowhere else."""
    title = "its name means the same address on every host"
    for name in facts.hosts:
        seen = {host.name: host.names.get(name, frozenset()) for host in facts.hosts.values() if not host.trouble}
        others = {host: addresses for host, addresses in seen.items() if host != name}
        unresolved = [host for host, addresses in seen.items() if not addresses]
        told = {_outside(each) for each in others.values()}
        own = _outside(seen.get(name, frozenset()))
        trouble = ""
        if unresolved:
            trouble = f"it has no address on {', '.join(unresolved)}"
        elif len(told) > 1 or (told and own and own not in told):
            listed = "; ".join(f"{host}: {', '.join(sorted(each))}" for host, each in seen.items())
            trouble = f"it is not the same everywhere: {listed}"
        elif facts.unseen:
            yield unknown("name", name, title, f"{', '.join(facts.unseen)} could not be looked at")
            continue
        yield judged(
            "name", name, title, trouble,
            "pgpools that see another host under the same name fail over to the wrong one.",
            "Mend /etc/hosts, or the name service, on each host.",
        )  # fmt: skip


def _outside(addresses: frozenset[str]) -> frozenset[str]:
    return frozenset(address for address in addresses if not address.startswith(("127.", "::1")))


def logins(facts: Facts) -> Iterator[Result]:
    """To where PostgreSQL runs: that is what gets promoted."""
    title = "pgpool's user logs in by ssh without a question"
    yield from unseen("ssh", title, facts.unseen_pgpools)
    backends = {node.hostname for node in facts.status.nodes or ()}
    for host in facts.pgpool_hosts:
        for other, said in host.ssh.items():
            if other not in backends:
                continue
            yield judged(
                "ssh", f"{host.name} to {other}", f"{host.user} logs in by ssh without a question", said,
                "The failover command promotes by ssh: it would fail when it is needed.",
                f"ssh {host.name} runuser -u {host.user} -- ssh-copy-id {other}",
            )  # fmt: skip
        if not host.user:
            yield unknown("ssh", host.name, title, "pgpool does not run there")


CHECKS = (reached, clocks, names, logins)
