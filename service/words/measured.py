"""The figures of `bench` in words."""

from __future__ import annotations

HOW_FAST = "HOW FAST"
UNDER_LOAD = "HOW FAST UNDER LOAD"
SIZE = "{agencies} agencies, {services} services"
QUESTIONS = "{size}, {needs}; seed {seed}."
PATHS = "Five paths: {p50_ms} ms for half of the profiles, {p99_ms} ms for 99 in 100."
WHOLE_ANSWER = (
    "The whole answer: {p50_ms} ms for half of them, {p99_ms} ms for 99 in 100; {complete:.0%} complete within "
    "the times that HTTP gives."
)
SERVE_ALONE = "Finding who could serve alone: {p50_ms} ms."
NETWORKX = "The same in networkx: {p50_ms} ms, {ratio} times as long or more. It finished {finished} of {questions}."
DECISION = (
    "A decision: {compiled_us} microseconds compiled, {cedar_us} by Cedar: {ratio} times as long. {requests} "
    "random requests, {disagreements} disagreements."
)
MEMORY = "{bytes_per_service} bytes for each service; built in {build_ms} ms."
GROUP = "A GROUP AT ONCE"
GROUP_TIMES = (
    "{people} people, all different, at {agencies} agencies: {whole_ms} ms of processor time; lists {searches_ms} ms, "
    "the choice {choice_ms} ms, the answers {answers_ms} ms; the longest turn {longest_turn_ms} ms."
)
GROUP_PLACED = "{placed} of them have a path, in {calls} calls. Complete: {complete}."
MACHINE = "Measured on {machine}."
ANY_NEEDS = "one to eight needs"
NEEDS = "{needs} needs"
MUST_BE_EMPTY = "must be empty"
NO_FIGURES = "must be what bench --plan --json printed"
NO_SIMPY = "needs simpy: pip install 'referral-router[plan]'"

OVER_HTTP = (
    "Over HTTP, on the demo: {one[per_second]} requests a second from one process, {two[per_second]} from two "
    "({scaling} times as many); 99 in 100 within {one[p99_ms]} and {two[p99_ms]} ms."
)
BARE = (
    "One request takes {one[cpu_ms]} ms of processor time, one to a bare endpoint that answers with as many bytes "
    "{bare[cpu_ms]}: ours is {ratio} of its rate."
)
STORED = (
    "{agencies} agencies in a database: loaded in {load_ms} ms of processor time, read from rows in {rows_ms} ms; a "
    "changed service is put in {change_ms} ms, and followed by each process in {follow_ms} ms."
)
HALF_OF_PEAK = (
    "{words}: {peak_per_second} answers a second at most; at half of that, half of them within {p50_ms} ms and "
    "99 in 100 within {p99_ms} ms."
)
ONE_PROCESS = "One process"
TWO_PROCESSES = "Two processes"

HOW_MANY_QUESTIONS = "HOW MANY QUESTIONS TO A CALL"
INVENTED = "invented, {agencies} agencies"
ALL_COALITIONS = "all"
QUESTIONS_PUT = (
    "{coalition}: {clients} clients, {mean} questions each, {worst} at most; the best tree {best_mean}: {ratio} times."
)
NONE_NEEDED = "no"
OTHER_ORDER = "{groups} groups: first {asked}; the best tree asks {best} first."
OTHER_ORDER_LATER = "{groups} groups: first {asked}; the best tree too, and other questions later."
