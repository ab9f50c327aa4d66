"""The pgpool that a command talks to, and as whom. Knows nothing of click."""

from __future__ import annotations

import os

from pypcp.address import DEFAULT_PORT, Address
from pypcp.client import Client
from pypcp.credentials import Credentials
from pypcp.timing import CONNECT_TIMEOUT, TIMEOUT
from pypcp_cli.console import Console

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypcp.config import Cluster
    from pypcp.wire import Frame


class Unconfigured:
    """What a cluster that was not named says of itself."""

    host = port = username = passfile = timeout = sql = None
    ssh_options: tuple[str, ...] = ()


class Pgpool:
    """The pgpool that a command talks to, and as whom: from options, environment and configuration."""

    def __init__(
        self,
        console: Console,
        host: str | None = None,
        port: int | None = None,
        username: str | None = None,
        prompt: str | None = None,
        timeout: float | None = None,
        cluster: str | Cluster | None = None,
    ) -> None:
        named = _configured(cluster) if isinstance(cluster, str) and cluster else cluster or Unconfigured
        self.console = console
        self.address = Address(host or named.host, port or named.port or DEFAULT_PORT)
        passfile = os.environ.get("PCPPASSFILE") or named.passfile
        self._credentials = Credentials(username or named.username, None, passfile)
        self._prompt = prompt
        self._knows_password = False
        self._typed_timeout = timeout
        self._chosen_timeout = timeout or named.timeout
        self.timeout = self._chosen_timeout or TIMEOUT
        self.sql = named.sql
        self._ssh_options = named.ssh_options
        self.cluster_name: str | None = getattr(named, "name", None)  # of the configuration, if one is named
        self._typed = {"--cluster": self.cluster_name, "-h": host, "-p": port, "-U": username}

    @property
    def target(self) -> str:
        """The options that lead another command to the same pgpool, as they are typed."""
        import shlex

        return " ".join(f"{option} {shlex.quote(str(value))}" for option, value in self._typed.items() if value)

    def client(self) -> Client:
        """A client that has not connected yet. Asks for the password where that is wanted, once."""
        return self._client(self.address)

    def client_at(self, host: str) -> Client:
        """A client for another pgpool of the same cluster: on ``host``, at the same port, as the same user."""
        return self._client(Address(host, self.address.port))

    def _client(self, address: Address) -> Client:
        if not self._knows_password:
            self._ask_password()
        return Client(
            address,
            self._credentials,
            connect_timeout=min(CONNECT_TIMEOUT, self.timeout),
            timeout=self._chosen_timeout,
            trace=self._trace if self.console.debug else None,
        )

    def ssh_options(self, typed: Sequence[str]) -> tuple[str, ...]:
        """The -o options for ssh to the cluster's hosts. Those typed come first: ssh takes the first it is given."""
        return (*typed, *self._ssh_options)

    def each_wait(self, seconds: float) -> float:
        """The seconds for each wait of a workflow: those of --timeout, else these."""
        return self._typed_timeout or seconds

    def patience(self, seconds: float) -> float:
        """The seconds for something that takes longer than a question: those that were asked for, else these."""
        return self._chosen_timeout or seconds

    def _ask_password(self) -> None:
        """Before a connection is made: none may be open while somebody thinks."""
        self._knows_password = True
        if self._prompt == "never" or (self._prompt is None and not self.console.can_ask):
            return
        username, passfile = self._credentials.username, self._credentials.passfile
        if self._prompt is None:
            found = self._credentials.password_for(self.address)
            if found.value is not None:
                return
            if "is not read" in found.origin and "no such file" not in found.origin:
                self.console.complain(found.origin)
        password = self.console.password(f"{username} on {self.address}")
        self._credentials = Credentials(username, password, passfile)

    def _trace(self, direction: str, frame: Frame) -> None:
        # As pgpool's tools print it: types and lengths, so nothing secret.
        self.console.say(f'DEBUG: {direction}: tos="{frame.kind.decode("latin-1")}", len={frame.length}')


def _configured(name: str) -> Cluster:
    from pypcp import config

    return config.cluster(name)
