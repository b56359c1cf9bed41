"""Proofs of the rules before a coalition trusts them: claims, promises, sweeps against Cedar, mutations.

Outsiders import from here only, and only on need: the solver takes long to import.
"""

from .mutation_report import Outcome
from .run import Check, CheckStep, newly_met, sets_of_packs
from .sample_points import draw_possible

__all__ = ["Check", "CheckStep", "Outcome", "draw_possible", "newly_met", "sets_of_packs"]
