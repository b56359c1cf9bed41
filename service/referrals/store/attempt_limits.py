"""Acts limited in number an hour, over every process: codes, refused referrals, grievances ..."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from uuid import uuid4

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from service.database import clock
from service.database.advisory_locks import wait_for_turn
from service.database.key_ring import CodeKey

from .tables import CountedTry

WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NetworkLimit:
    """The limit of an act within an hour from a network of addresses; beyond `piled` they are a pile."""

    prefix: int
    piled: int
    most: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """The limit of an act within an hour: by a token subject, and by its organization (None: any).

    `of_networks`: where an address stands in place of both, by the version of IP, from the narrowest to the widest.
    """

    act: str
    of_subject: int
    of_organization: int | None
    of_networks: Mapping[int, tuple[NetworkLimit, ...]] = field(default_factory=dict, hash=False)


CODES = Allowance("code", 20, 200)
CODE_WITHDRAWALS = Allowance("code-withdrawal", 20, 200)
REFUSALS = Allowance("refusal", 60, None)
GRIEVANCES = Allowance(
    "grievance", 5, None, {4: (NetworkLimit(24, 10, 30),), 6: (NetworkLimit(48, 10, 30), NetworkLimit(32, 20, 100))}
)
GRIEVANCE_CODES = Allowance(
    "grievance-code",
    20,
    None,
    {4: (NetworkLimit(24, 200, 200),), 6: (NetworkLimit(48, 200, 200), NetworkLimit(32, 1000, 1000))},
)


def count_try(
    session: Session, key: CodeKey, allowance: Allowance, organization: str, subject: str, *, times: int = 1
) -> int | None:
    """Count a number of tries in the transaction of `session`; return None, or the seconds to wait over the limit.

    Tries over the limit are not counted. Organization and subject are kept as digests under `key`: without the key
    nobody finds a name by trying names. A new key begins the counts anew.
    """
    party = _digest(key, organization)
    wait_for_turn(session, allowance.act, party)
    now = clock.now(session)
    forget_tries(session)
    wait = seconds_to_wait(session, key, allowance, organization, subject, times=times)
    if wait is None:
        own = _digest(key, organization, subject)
        session.add_all(
            CountedTry(id=str(uuid4()), kind=allowance.act, organization=party, subject=own, at=now)
            for _ in range(times)
        )
        session.flush()
    return wait


def count_from_address(
    session: Session, key: CodeKey, allowance: Allowance, address: str
) -> tuple[int | None, str | None]:
    """Count a try by its address and by the networks around it, in the transaction of `session`.

    Return the seconds to wait over a limit, and then undo the transaction; and the pile that the try belongs to, the
    widest network's where many came from several. A pile's name is drawn: it does not say which network it is of.
    """
    wait, pile = count_try(session, key, allowance, address, address), None
    try:
        limits = allowance.of_networks.get(ip_network(address).version, ())
    except ValueError:  # no address: a command, a socket
        return wait, None
    for limit in limits:
        network = str(ip_network(address).supernet(new_prefix=limit.prefix))
        of_network = Allowance(f"{allowance.act}/{limit.prefix}", limit.most, None)
        wait = wait or count_try(session, key, of_network, network, network)
        digest = _digest(key, network)
        counted = select(func.count()).where(
            col(CountedTry.kind) == of_network.act,
            col(CountedTry.organization) == digest,
            col(CountedTry.at) > clock.now(session) - WINDOW,
        )
        if wait is None and session.execute(counted).scalar_one() > limit.piled:
            pile = _pile_of(session, of_network.act, digest, pile)
    return wait, pile


def _pile_of(session: Session, act: str, network: str, narrower: str | None) -> str:
    """Return the pile of a network, the same until nothing has come from it for an hour.

    `narrower`: the pile of a network within it, which goes on as the pile of all.
    """
    kind, now = f"{act} pile", clock.now(session)
    here = col(CountedTry.kind) == kind, col(CountedTry.organization) == network
    found = session.execute(select(col(CountedTry.subject)).where(*here, col(CountedTry.at) > now - WINDOW)).scalar()
    if found is not None:
        session.execute(update(CountedTry).where(*here).values(at=now))
        return str(found)
    pile = narrower or str(uuid4())
    session.add(CountedTry(id=str(uuid4()), kind=kind, organization=network, subject=pile, at=now))
    session.flush()
    return pile


def forget_tries(session: Session) -> None:
    """Delete expired tries."""
    session.execute(delete(CountedTry).where(col(CountedTry.at) <= clock.now(session) - WINDOW))


def seconds_to_wait(
    session: Session, key: CodeKey, allowance: Allowance, organization: str, subject: str, *, times: int = 1
) -> int | None:
    """Return in how many seconds a number of tries would be taken; None: now. Counts no try."""
    now, own, tries = clock.now(session), _digest(key, organization, subject), CountedTry
    recent = [
        col(tries.kind) == allowance.act,
        col(tries.organization) == _digest(key, organization),
        col(tries.at) > now - WINDOW,
    ]
    limits = (allowance.of_subject, [*recent, col(tries.subject) == own]), (allowance.of_organization, recent)
    for most, among in limits:
        if most is None:
            continue
        count, first = session.execute(select(func.count(), func.min(col(tries.at))).where(*among)).one()
        if count + times > most:
            window_start = now if first is None else first
            return max(1, int((window_start + WINDOW - now).total_seconds()) + 1)
    return None


def _digest(key: CodeKey, *words: str) -> str:
    return key.digest("\0".join(["try", *words]))
