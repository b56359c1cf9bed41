"""The database as it is shipped: reached over the network by TLS alone, by those who know its certificate."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import psycopg
import pytest
from deployment import DEPLOY, ROUTER, Parts, make_certificate
from environments import environment_of


def test_every_connection_of_the_program_is_encrypted(parts: Parts) -> None:
    """Those of the processes that answer, and the one that delivers."""
    with psycopg.connect(parts.database) as connection:
        rows = connection.execute(
            "SELECT ssl, count(*) FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) "
            "WHERE backend_type = 'client backend' GROUP BY ssl"
        ).fetchall()

    assert [encrypted for encrypted, _ in rows] == [True]
    assert rows[0][1] >= 3


@pytest.mark.parametrize(
    ("given", "instead", "error"),
    [
        ("sslmode=verify-full", "sslmode=disable", "no encryption"),
        (r"sslrootcert=[^&]+", "sslrootcert={other}", "certificate verify failed"),
        ("@database:", "@elsewhere:", 'server certificate for "database" does not match host name "elsewhere"'),
        ("passfile=[^&]+", "passfile=none", "no password supplied"),
    ],
    ids=["plain", "another certificate", "another name", "no password"],
)
def test_a_connection_that_proves_less_is_refused(
    parts: Parts, tmp_path: Path, given: str, instead: str, error: str
) -> None:
    """To the program as to any client; the server's certificate is compared whole, though both name the database."""
    make_certificate(tmp_path)
    url = re.sub(given, instead.format(other=tmp_path / "database.pem"), parts.database)
    assert url != parts.database

    with pytest.raises(psycopg.OperationalError, match=re.escape(error)):
        psycopg.connect(url)
    done = subprocess.run(
        [*ROUTER, "due"], env=environment_of(database=url), capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "the database cannot be used" in done.stderr


def test_a_certificate_is_made_once(tmp_path: Path) -> None:
    """A second run replaces none that processes rely on; nobody but its owner reads the key."""
    make_certificate(tmp_path)
    made = (tmp_path / "database.pem").read_bytes(), (tmp_path / "database.key").read_bytes()
    again = subprocess.run(
        ["sh", DEPLOY / "database-certificate.sh", tmp_path], capture_output=True, text=True, check=False
    )

    assert (again.returncode, again.stderr) == (1, "database.key exists. To replace it, move it away first.\n")
    assert made == ((tmp_path / "database.pem").read_bytes(), (tmp_path / "database.key").read_bytes())
    assert {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {
        "database.key": 0o600, "database.pem": 0o444,
    }  # fmt: skip


def test_the_database_logs_no_row_that_it_refuses(parts: Parts) -> None:
    """Its log names the constraint; by default it would repeat the row."""
    with psycopg.connect(parts.database) as connection:
        connection.execute("CREATE TEMPORARY TABLE refused (name text UNIQUE)")
        with pytest.raises(psycopg.errors.IntegrityError, match="zqrefused"):
            connection.execute("INSERT INTO refused VALUES (%s), (%s)", ["zqrefused", "zqrefused"])

    log = next(place / "log" for place in parts.places if (place / "log").is_file()).read_text()
    assert "refused_name_key" in log
    assert "zqrefused" not in log
