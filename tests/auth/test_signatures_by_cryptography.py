"""Signatures are computed by `cryptography`, never by ecdsa, which python-jose installs beside it."""

from __future__ import annotations

import subprocess
import sys

from environments import environment_of

PROGRAM = """
import sys
from jose import backends
import service.app, service.infrastructure.auth.key_file, service.infrastructure.database.key_ring
print(backends.ECKey.__module__, backends.RSAKey.__module__, "ecdsa" in sys.modules)
"""


def test_no_process_imports_ecdsa() -> None:
    """Nor does python-jose choose it, as long as `cryptography` is there."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment_of(), capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["jose.backends.cryptography_backend"] * 2 + ["False"]
