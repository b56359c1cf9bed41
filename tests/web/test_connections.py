"""The bounds on connections, held against a count by hand whatever is opened, answered and closed in any order."""

from __future__ import annotations

from asyncio import Transport
from ipaddress import ip_network

from hypothesis import given
from hypothesis import strategies as st

from service.api.addresses import Proxies, counted
from service.web.connections import Connections

MOST, MOST_OF_ADDRESS = 6, 3
PROXY = "10.0.0.1"
HOSTS = ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "192.0.2.3", PROXY]
ACTS = st.one_of(
    st.tuples(st.just("open"), st.sampled_from(HOSTS)),
    st.tuples(st.sampled_from(["work", "rest", "close"]), st.integers(0, 30)),
)


class Link(Transport):
    """A connection that notes when it is closed from our side."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self.host, self.is_idle, self.is_aborted = host, True, False

    def abort(self) -> None:
        self.is_aborted = True


def given_up(links: list[Link], host: str) -> Link | None:
    """The connection that is to go for a new one of a host by the rules as they are told; `links`: oldest idle first."""
    holders = [counted(link.host) for link in links]
    idle = [link for link in links if link.is_idle]
    if host != PROXY and holders.count(counted(host)) >= MOST_OF_ADDRESS:
        return next((link for link in idle if counted(link.host) == counted(host)), None)
    most = max(
        (sum(counted(other.host) == counted(link.host) for other in idle) for link in idle if link.host != PROXY),
        default=0,
    )
    return next(
        (
            link
            for link in idle
            if link.host != PROXY and sum(counted(o.host) == counted(link.host) for o in idle) == most
        ),
        next(iter(idle), None),
    )


@given(st.lists(ACTS, max_size=60))
def test_who_stalls_most_loses_first(acts: list[tuple[str, str | int]]) -> None:
    """No bound is ever passed, what is being answered is never closed, and nobody loses a connection without need."""
    bounds = Connections(Proxies((ip_network("10.0.0.0/8"),)), most=MOST, most_of_address=MOST_OF_ADDRESS)
    links: list[Link] = []
    for act, what in acts:
        if isinstance(what, str):
            link = Link(what)
            own = sum(counted(other.host) == counted(what) for other in links)
            is_full = len(links) >= MOST or (what != PROXY and own >= MOST_OF_ADDRESS)
            given_by_rule = given_up(links, what) if is_full else None
            is_in = bounds.let_in(link, what)
            closed = [other for other in links if other.is_aborted]

            assert is_in == (not is_full or bool(closed))
            assert len(closed) == (is_full and given_by_rule is not None)
            if given_by_rule is not None:
                assert closed[0].is_idle
                idle = [other for other in links if other.is_idle]
                assert held(idle, closed[0]) == held(idle, given_by_rule)
                assert (closed[0].host == PROXY) == (given_by_rule.host == PROXY)
                assert closed[0] is next(other for other in idle if counted(other.host) == counted(closed[0].host))
            links = [other for other in links if not other.is_aborted] + [link] * is_in
        elif links:
            link = links[what % len(links)]
            if act == "close":
                bounds.forget(link)
                links.remove(link)
                continue
            link.is_idle = act == "rest"
            (bounds.rest if link.is_idle else bounds.work)(link)
            links.remove(link)
            links.append(link)
        assert len(links) <= MOST
        own = [counted(link.host) for link in links if link.host != PROXY]
        assert max(map(own.count, own), default=0) <= MOST_OF_ADDRESS


def held(idle: list[Link], link: Link) -> int:
    """How many idle connections the address of a connection has."""
    return sum(counted(other.host) == counted(link.host) for other in idle)
