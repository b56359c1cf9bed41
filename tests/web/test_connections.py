"""The bounds on connections, held against a count by hand whatever is opened, answered and closed in any order."""

from __future__ import annotations

from asyncio import Transport
from ipaddress import ip_network

from hypothesis import given
from hypothesis import strategies as st

from service.web.addresses import Proxies, counting_form
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


def may_go(links: list[Link], host: str) -> list[Link]:
    """The connections of which one goes for a new one of a host, where a bound is reached; the longest idle first."""
    idle: dict[str, list[Link]] = {}
    for link in links:
        if link.is_idle:
            idle.setdefault(counting_form(link.host), []).append(link)
    if host != PROXY and sum(counting_form(link.host) == counting_form(host) for link in links) >= MOST_OF_ADDRESS:
        return idle.get(counting_form(host), [])[:1]
    others = [own for holder, own in idle.items() if holder != PROXY]
    most = max(map(len, others), default=0)
    return [own[0] for own in others if len(own) == most] or idle.get(PROXY, [])[:1]


def is_full(links: list[Link], host: str) -> bool:
    own = sum(counting_form(link.host) == counting_form(host) for link in links)
    return len(links) >= MOST or (host != PROXY and own >= MOST_OF_ADDRESS)


@given(st.lists(ACTS, max_size=60))
def test_who_stalls_most_loses_first(acts: list[tuple[str, str | int]]) -> None:
    """No bound is ever passed, what is being answered is never closed, and nobody loses a connection without need."""
    bounds = Connections(Proxies((ip_network("10.0.0.0/8"),)), most=MOST, most_of_address=MOST_OF_ADDRESS)
    links: list[Link] = []
    for act, target in acts:
        if isinstance(target, str):
            link, full = Link(target), is_full(links, target)
            candidates = may_go(links, target) if full else []
            is_in = bounds.let_in(link, target)
            closed = [other for other in links if other.is_aborted]

            assert is_in == (not full or bool(candidates))
            assert len(closed) == bool(candidates)
            assert set(closed) <= set(candidates)
            links = [other for other in links if not other.is_aborted] + [link] * is_in
        elif links:
            link = links.pop(target % len(links))
            if act == "close":
                bounds.forget(link)
                continue
            link.is_idle = act == "rest"
            (bounds.rest if link.is_idle else bounds.work)(link)
            links.append(link)
        own = [counting_form(link.host) for link in links if link.host != PROXY]
        assert len(links) <= MOST
        assert max(map(own.count, own), default=0) <= MOST_OF_ADDRESS
