"""Who logs in, and where the password comes from."""

from __future__ import annotations

import os

from pypcp.errors import AuthenticationFailed
from pypcp.passfile import Password, look_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.address import Address


class Credentials:
    """A PCP user, by default the operating system's, and the password or the file that holds it."""

    __slots__ = ("_password", "passfile", "username")

    def __init__(self, username: str | None = None, password: str | None = None, passfile: str | None = None) -> None:
        self.username = username or operating_system_user()
        self.passfile = passfile
        self._password = password

    def password_for(self, address: Address) -> Password:
        """The password, looked up anew each time where it is in a file."""
        if self._password is not None:
            return Password(self._password, "the caller")
        return look_up(address, self.username, self.passfile)


def operating_system_user() -> str:
    """The name of the effective user, as pgpool's tools take it."""
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def missing(where: str, username: str, password: Password) -> AuthenticationFailed:
    """The error for a login that cannot be tried."""
    return AuthenticationFailed(
        f'log in to {where} as "{username}"',
        f"no password: {password.origin}",
        "Add a line host:port:user:password to the file (chmod 600), or name another file in PCPPASSFILE.",
    )


def refused(error: AuthenticationFailed, password: Password) -> AuthenticationFailed:
    """The same error, with where the password came from and where pgpool's side of it is."""
    error.do = (
        f"The password came from {password.origin}. pgpool compares it with its pcp.conf, "
        "whose lines are USER:MD5, with the MD5 that `pypcp md5` prints."
    )
    error.args = (error.tried, error.said, error.do)
    return error
