"""What pg_authid holds in place of a password: made here, so that no password goes to a server or into its log.

SCRAM-SHA-256 as in RFC 5803 and PostgreSQL's src/common/scram-common.c, md5 as pool_passwd has it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re

from pypcp.pgpool.pool_passwd import md5

ITERATIONS = 4096  # scram-common.h, SCRAM_SHA_256_DEFAULT_ITERATIONS
_SCRAM = re.compile(r"SCRAM-SHA-256\$(\d{1,8}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)")


def scram(password: str, salt: bytes, iterations: int = ITERATIONS) -> str:
    """The verifier of an ASCII password (SASLprep would change others)."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${iterations}:{_text(salt)}${_text(stored)}:{_text(server)}"


def agrees(password: str, role: str, verifier: str) -> bool:
    """Whether the role logs in with this password, as pg_authid has it."""
    if verifier.startswith("md5"):
        return hmac.compare_digest(md5(password, role), verifier)
    if not (found := _SCRAM.fullmatch(verifier)):
        return False
    try:
        salt = base64.b64decode(found[2], validate=True)
    except binascii.Error:
        return False
    return hmac.compare_digest(scram(password, salt, int(found[1])), verifier)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
