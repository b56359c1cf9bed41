"""Signatures are made and checked by `cryptography`. python-jose also installs ecdsa, which must stay unused."""

from __future__ import annotations

import subprocess
import sys

from environments import environment_of

PROGRAM = """
import sys
from jose import backends
import service.app, service.security.key_file, service.database.key_ring
print(backends.ECKey.__module__, backends.RSAKey.__module__, "ecdsa" in sys.modules)
"""


def test_no_process_imports_ecdsa() -> None:
    """And python-jose picks `cryptography` for both kinds of key."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment_of(), capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["jose.backends.cryptography_backend"] * 2 + ["False"]
