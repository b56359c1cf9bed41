"""Whose address counts: that of the peer, or behind trusted proxies what they saw, whatever a client writes before."""

from __future__ import annotations

import random
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path

import pytest
from api_builders import demo_settings, running
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service.settings import Settings
from service.web.addresses import FORWARDED, MOST_HOPS, Proxies, build_proxies, counting_form

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
PEER, CLIENT = "10.0.0.1", "192.0.2.7"
STRANGE = ["unknown", "_hidden", "", " ", '"', "192.0.2.256", "192.0.2", "1", "0x7f000001", "010.0.0.9", "[", "]"]
STRANGE += ["2001:db8::7%eth0", "[2001:db8::7", "2001:db8::7]:80", "192.0.2.7:", "192.0.2.7:http", "::ffff:", "a" * 50]


def outside() -> st.SearchStrategy[str]:
    """Addresses that no trusted proxy has."""
    v4 = st.integers(0, 2**32 - 1).map(IPv4Address)
    v6 = st.integers(0, 2**128 - 1).map(IPv6Address)
    return st.one_of(v4, v6).map(str).filter(lambda text: not Proxies(TRUSTED).trust(text))


def inside() -> st.SearchStrategy[str]:
    """Addresses of trusted proxies."""
    return st.one_of(
        st.integers(0, 2**24 - 1).map(lambda low: str(IPv4Address((10 << 24) + low))),
        st.integers(0, 2**120 - 1).map(lambda low: str(IPv6Address((0xFD << 120) + low))),
    )


def spelled(address: str, how: random.Random) -> str:
    """An address as some proxy writes it: with a port, in brackets, in full, IPv4 within IPv6."""
    if ":" in address:
        six = how.choice([address, address.upper(), IPv6Address(address).exploded])
        return how.choice([six, f"[{six}]", f"[{six}]:{how.randrange(65536)}"])
    mapped = f"::ffff:{address}"
    return how.choice([address, f"{address}:{how.randrange(65536)}", mapped, f"[{mapped}]:443"])


def split(parts: list[str], how: random.Random) -> list[str]:
    """The parts as one header or as several of the same name, with the blanks that some proxies write."""
    fields = [parts[0]] if parts else []
    for part in parts[1:]:
        blank = how.choice(["", " ", "\t"])
        if how.random() < 0.5:
            fields.append(blank + part)
        else:
            fields[-1] += f",{blank}{part}"
    return fields


CLAIMS = st.lists(st.one_of(outside(), inside(), st.sampled_from(STRANGE), st.text('10.:[],;="\\ forby', max_size=20)))


@given(CLAIMS, outside(), st.lists(inside(), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_no_claim_of_a_client_moves_its_address(
    claims: list[str], client: str, hops: list[str], how: random.Random
) -> None:
    """Each trusted proxy adds its peer at the end: the client is whom the first of them saw, whatever stands before."""
    *between, peer = hops
    fields = split([*claims, *(spelled(hop, how) for hop in (client, *between))], how)

    assert counting_form(Proxies(TRUSTED).client(spelled_peer(peer, how), fields)) == counting_form(client)


def spelled_peer(peer: str, how: random.Random) -> str:
    return f"::ffff:{peer}" if ":" not in peer and how.random() < 0.5 else peer


@given(CLAIMS, outside(), st.lists(inside(), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_no_claim_of_a_client_moves_its_address_in_the_newer_header(
    claims: list[str], client: str, hops: list[str], how: random.Random
) -> None:
    """By RFC 7239 a client may spoil the whole header, by a quotation that it opens: then the last proxy counts."""
    *between, peer = hops
    elements = [f'for="{spelled(hop, how)}";proto=https' for hop in (client, *between)]
    made_up = [how.choice([claim, f"for={claim}", f'for="{claim}"', f'for="{claim}']) for claim in claims]
    address = counting_form(Proxies(TRUSTED, FORWARDED).client(peer, split([*made_up, *elements], how)))

    assert address in (counting_form(client), counting_form(peer))
    assert address == counting_form(client) or claims


@given(outside(), CLAIMS)
def test_whoever_is_no_trusted_proxy_is_not_believed(peer: str, claims: list[str]) -> None:
    """Without the setting nobody is."""
    for proxies in (Proxies(TRUSTED), Proxies(TRUSTED, FORWARDED), Proxies()):
        assert proxies.client(peer, claims) == peer
    assert Proxies().client(PEER, [CLIENT]) == PEER


@pytest.mark.parametrize("entry", STRANGE)
def test_a_malformed_entry_counts_for_the_last_proxy(entry: str) -> None:
    """Never for an address further left, which the client may have written."""
    assert Proxies(TRUSTED).client(PEER, [f"192.0.2.66, {entry}"]) == PEER
    assert Proxies(TRUSTED).client(PEER, [f"192.0.2.66, {entry}, 10.0.0.2"]) == "10.0.0.2"


@pytest.mark.parametrize(
    ("value", "client"),
    [
        ("for=192.0.2.66, for=192.0.2.7", CLIENT),
        ('for=192.0.2.66;by=10.0.0.9, FOR="192.0.2.7:4711" ; proto=http', CLIENT),
        ('for="192\\.0.2.7"', CLIENT),
        ('for="[2001:db8::7]:4711"', "2001:db8::7"),
        ("for=192.0.2.66, by=10.0.0.9", PEER),
        ("for=192.0.2.66, for=192.0.2.7;for=192.0.2.8", PEER),
        ("for=192.0.2.66, for=unknown", PEER),
        ("for=192.0.2.66, for=_hidden", PEER),
        ("for=192.0.2.66, for=192.0.2.7,", PEER),
        ("for=192.0.2.66, 192.0.2.7", PEER),
        ('for=192.0.2.66;x=", for=192.0.2.7', PEER),
        ('for=192.0.2.66;x=", for="[2001:db8::7]:4711"', PEER),
        ("for =192.0.2.7", PEER),
        ("", PEER),
    ],
)
def test_the_newer_header_is_read_by_its_grammar(value: str, client: str) -> None:
    """One `for` in each element, a token or a quotation; anything else counts for the proxy."""
    assert Proxies(TRUSTED, FORWARDED).client(PEER, [value]) == client


def test_a_header_of_proxies_alone_is_read_to_a_bound() -> None:
    """Thousands of trusted addresses cost no more than a few."""
    many = ["10.1.0.0", *(f"10.2.0.{last}" for last in range(MOST_HOPS))]
    assert Proxies(TRUSTED).client(PEER, [",".join(many)]) == "10.2.0.0"


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:c000:207", "192.0.2.7"),
        ("0:0:0:0:0:FFFF:C000:0207", "192.0.2.7"),
        ("2001:db8::17:2", "2001:db8::/64"),
        ("2001:DB8:0:0:ffff::1", "2001:db8::/64"),
        ("2001:db8:0:1::", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_one_client_has_one_form(address: str, form: str) -> None:
    """Of IPv6 the network of 64 bits, in whatever way it is written; IPv4 within IPv6 is IPv4."""
    assert counting_form(address) == form


ELSEWHERE = ("X-Forwarded-For", "203.0.113.9")
Pairs = list[tuple[str, str]]
BEHIND: list[tuple[str, Callable[[str], Pairs]]] = [
    (
        "X-Forwarded-For",
        lambda client: [("X-Forwarded-For", f"203.0.113.1, {client}"), ("Forwarded", "for=203.0.113.8")],
    ),
    ("x-forwarded-for", lambda client: [ELSEWHERE, ("X-Forwarded-For", client), ("X-FORWARDED-FOR", "127.0.0.9:80")]),
    ("Forwarded", lambda client: [ELSEWHERE, ("Forwarded", "for=203.0.113.1"), ("Forwarded", f'for="{client}"')]),
    ("X-Real-IP", lambda client: [ELSEWHERE, ("X-Real-IP", client)]),
]


@pytest.mark.parametrize(("header", "headers"), BEHIND, ids=[name for name, _ in BEHIND])
def test_clients_behind_a_proxy_are_counted_apart(tmp_path: Path, header: str, headers: Callable[[str], Pairs]) -> None:
    """Who uses up a limit is refused alone; addresses of one /64 are one; complaints are counted so too."""
    with running(
        demo_settings(tmp_path, rate_limit="3/hour", trusted_proxies="127.0.0.0/8", proxy_header=header)
    ) as api:

        def statuses(*clients: str) -> list[int]:
            return [api.client.get("/v1/keys", headers=headers(client)).status_code for client in clients]

        assert statuses(*["192.0.2.7"] * 4) == [200, 200, 200, 429]
        assert statuses("192.0.2.8", "::ffff:192.0.2.7", "2001:db8::1") == [200, 429, 200]
        assert statuses("2001:db8::2", "2001:db8::3:0:0", "2001:db8::4", "2001:db8:0:1::1") == [200, 200, 429, 200]


def test_without_the_setting_a_header_is_not_read(tmp_path: Path) -> None:
    """Nobody gets a new limit by a new name."""
    with running(demo_settings(tmp_path, rate_limit="3/hour")) as api:
        statuses = [
            api.client.get("/v1/keys", headers={name: f"192.0.2.{last}"}).status_code
            for last, name in enumerate(["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-For"])
        ]

    assert statuses == [200, 200, 200, 429]


def test_grievances_are_counted_by_the_clients_address(tmp_path: Path) -> None:
    """Five an hour each, behind one proxy; a header that is not the proxies' own buys none."""
    body = {"about": {"coalition": True}, "codes": ["not_heard"]}
    with running(demo_settings(tmp_path, trusted_proxies="127.0.0.1/32")) as api:

        def file(client: str, **more: str) -> int:
            headers = {"X-Forwarded-For": client, **more}
            return api.client.post("/v1/grievances", json=body, headers=headers).status_code

        assert [file("192.0.2.7", Forwarded=f"for=198.51.100.{last}") for last in range(6)] == [201] * 5 + [429]
        assert file(f"198.51.100.1, {CLIENT}") == 429
        assert file("192.0.2.8") == 201


@pytest.mark.parametrize(
    "values",
    [
        {"trusted_proxies": "10.0.0.1/8"},
        {"trusted_proxies": "proxy.example"},
        {"trusted_proxies": "0.0.0.0/0"},
        {"trusted_proxies": "::ffff:0:0/96"},
        {"trusted_proxies": "10.0.0.0/8, ::/0"},
        {"trusted_proxies": "0.0.0.0/1, 128.0.0.0/1"},
        {"trusted_proxies": "8.0.0.0/7"},
        {"trusted_proxies": "10.0.0.0/8 11.0.0.0/8"},
        {"trusted_proxies": "2000::/3"},
        {"trusted_proxies": "2001::/17, 2001:8000::/17, 2000::/16"},
        {"trusted_proxies": "::ffff:0.0.0.0/97, ::ffff:128.0.0.0/97"},
        {"proxy_header": "Forwarded"},
        {"proxy_header": "Forwarded", "trusted_proxies": ""},
        {"proxy_header": "X Forwarded", "trusted_proxies": "10.0.0.0/8"},
    ],
    ids=str,
)
def test_settings_that_trust_nobody_or_everybody_are_refused(values: dict[str, str]) -> None:
    """At the start, by the name of the setting."""
    with pytest.raises(ValidationError) as refusal:
        Settings(**values)

    assert {error["loc"][0] for error in refusal.value.errors()} <= set(values)


@pytest.mark.parametrize(
    "networks", ["10.0.0.0/8 172.16.0.0/12 192.168.0.0/16", "fc00::/7", "2001:db8::/32, 10.0.0.0/9"]
)
def test_networks_that_are_somebodys_own_may_be_trusted(networks: str) -> None:
    """Private ones whole, and of the public ones as much as anybody was ever given."""
    assert build_proxies(Settings(trusted_proxies=networks)).networks


def test_a_network_of_ipv4_within_ipv6_is_one_of_ipv4() -> None:
    """A server that listens on both sees its peers so."""
    proxies = build_proxies(Settings(trusted_proxies="::ffff:10.0.0.0/104 fd00::/8", proxy_header="FORWARDED"))
    assert proxies == Proxies(TRUSTED, FORWARDED)
