"""The parts of `service/deploy/compose.yaml` as processes of this machine, with the very files that containers get."""

from __future__ import annotations

import re
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import yaml
from api_builders import ADDRESS_KEY, Api, free_port, load_demo
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from environments import PROJECT, environment_of

from service.settings import Settings

DEPLOY = PROJECT / "service" / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
ROUTER = [sys.executable, "-c", "from service.cli import main; main()"]
PROXY = "127.0.0.1"
ANSWERING = ("answer-1", "answer-2")


@dataclass(frozen=True)
class Parts:
    """What runs: the way through the proxy, each answering process, and where Prometheus can be put beside them."""

    api: Api
    answering: Mapping[str, subprocess.Popen[bytes]]
    ports: Mapping[str, int]
    certificate: Path
    plain_port: int


@contextmanager
def running_parts(folder: Path, database_url: str) -> Iterator[Parts]:
    """Run the database's upgrade, both answering processes, the delivering one and the proxy, for a `with` block."""
    environment = settings_of("answer-1", folder, database_url)
    settings = Settings(
        database=database_url,
        address_key=ADDRESS_KEY,
        token_key_file=folder / "token.key",
        page_url="https://x.example",
    )
    _run(folder, environment, *COMPOSE["services"]["upgrade"]["command"])
    load_demo(settings)
    ports = {name: free_port() for name in ANSWERING}
    with ExitStack() as stack:
        started = {}
        for name, port in ports.items():
            command = [*COMPOSE["services"][name]["command"][:-1], PROXY, "--port", str(port)]
            started[name] = stack.enter_context(_process(folder, settings_of(name, folder, database_url), *command))
        stack.enter_context(_process(folder, environment, *COMPOSE["services"]["deliver"]["command"]))
        for port in ports.values():
            wait_for(f"http://{PROXY}:{port}/health/ready")
        plain, secure = free_port(), free_port()
        certificate = certify(folder)
        stack.enter_context(_proxy(folder, ports, plain, secure))
        context = ssl.create_default_context(cafile=certificate)
        client = stack.enter_context(httpx.Client(base_url=f"https://localhost:{secure}", verify=context, timeout=120))
        wait_for(f"https://localhost:{secure}/health/live", verify=context)
        yield Parts(Api(settings, client), started, ports, certificate, plain)


def settings_of(service: str, folder: Path, database_url: str) -> dict[str, str]:
    """Return the variables that compose gives a part, with this machine's places in place of the containers'."""
    variables: dict[str, str] = dict(COMPOSE["services"][service]["environment"])
    own = {
        "REFERRAL_ROUTER_DATABASE": database_url,
        "REFERRAL_ROUTER_ADDRESS_KEY_FILE": str(folder / "address.key"),
        "REFERRAL_ROUTER_TOKEN_KEY_FILE": str(folder / "token.key"),
        "REFERRAL_ROUTER_PAGE_URL": "https://x.example",
        "REFERRAL_ROUTER_TRUSTED_PROXIES": f"{PROXY}/32",
        "REFERRAL_ROUTER_RATE_LIMIT": "60/minute",
    }
    assert own.keys() - {"REFERRAL_ROUTER_RATE_LIMIT"} <= variables.keys()
    return {**variables, **own}


def wait_for(url: str, **options: Any) -> None:
    """Wait until a URL answers 200, a minute at most."""
    for _ in range(600):
        try:
            if httpx.get(url, trust_env=False, **options).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"nothing came up at {url}")


def certify(folder: Path) -> Path:
    """Write a certificate for this machine, with its key, as the proxy wants them; return the certificate's file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address(PROXY))])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    signed = built.add_extension(names, critical=False).sign(key, hashes.SHA256())
    (folder / "certificate").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / "certificate_key").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return folder / "certificate"


def with_addresses(text: str, ports: Mapping[str, int]) -> str:
    """Return a file of the deployment with this machine's addresses in place of the containers' names."""
    for name, port in ports.items():
        text = text.replace(f"{name}:8000", f"{PROXY}:{port}")
    return text


@contextmanager
def _proxy(folder: Path, ports: Mapping[str, int], plain: int, secure: int) -> Iterator[None]:
    text = with_addresses((DEPLOY / "nginx.conf").read_text(), ports)
    text = re.sub(r"listen (\[::\]:)?(80|443)( ssl)?;\n", lambda match: _listen(match, plain, secure), text)
    text = text.replace("/run/secrets", str(folder))
    places = "\n".join(
        f"    {name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(f"daemon off;\npid {folder}/nginx.pid;\n" + text.replace("http {", f"http {{\n{places}", 1))
    with (folder / "proxy.log").open("wb") as log:
        process = subprocess.Popen(["nginx", "-p", folder, "-c", file, "-e", "stderr"], stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _listen(match: re.Match[str], plain: int, secure: int) -> str:
    if match[1]:
        return "\n"  # a machine of tests may have no IPv6
    return f"listen {PROXY}:{plain if match[2] == '80' else secure}{match[3] or ''};\n"


@contextmanager
def _process(folder: Path, environment: dict[str, str], *command: str) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{command[-1]}.log").open("wb") as log:
        environ = environment_of() | environment
        process = subprocess.Popen([*ROUTER, *command], cwd=folder, env=environ, stderr=log, stdout=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _run(folder: Path, environment: dict[str, str], *command: str) -> None:
    (folder / "address.key").write_text(ADDRESS_KEY.get_secret_value())
    (folder / "address.key").chmod(0o600)
    subprocess.run([*ROUTER, *command], cwd=folder, env=environment_of() | environment, check=True)
