"""Words beside a number that say that it is no house's; `service.bundle.addresses` reads texts by them."""

from __future__ import annotations

COUNTED = frozenset(
    """
    hour hours hr hrs h minute minutes min mins second seconds day days night nights week weeks weekday weekdays weekend
    month months year years yr yrs yo old am pm noon midnight time times percent dollars
    person persons people adult adults child children kid kids youth youths teen teens client clients family families
    woman women man men girl girls boy boys individual individuals resident residents guest guests caller callers
    parent parents student students survivor survivors victim victims bed beds bedroom bedrooms room rooms unit units
    space spaces slot slots crib cribs county counties city cities state states office offices site sites location
    locations agency agencies language languages staff advocate advocates line lines phone phones session sessions visit
    visits meal meals step steps class classes group groups mile miles km block blocks
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun
    january february march april may june july august september october november december
    and or to of in for from at with on by per is are was were we you they who that this if as but than through until
    """.split()  # noqa: SIM905
)
"""What stands after a number that counts something, or after any number in a sentence: it begins no street's name."""

NUMBERED = frozenset(
    "age ages aged under over since until chapter section title article form level tier phase grade version".split()  # noqa: SIM905
)
"""What stands before a number that is no house's."""
