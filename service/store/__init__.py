"""The store: the coalition's directory on SQLite or PostgreSQL."""

from .engine import build_engine
from .founding import ASSUMED_ZONE, PLACEHOLDER, is_zone_assumed
from .records import PolicyRecords, Presentation
from .repositories import CoalitionRepository
from .unit_of_work import UnitOfWork
from .vaults import AddressVault, SecretVault, build_secret_vault, build_vault

__all__ = [
    "ASSUMED_ZONE",
    "PLACEHOLDER",
    "AddressVault",
    "CoalitionRepository",
    "PolicyRecords",
    "Presentation",
    "SecretVault",
    "UnitOfWork",
    "build_engine",
    "build_secret_vault",
    "build_vault",
    "is_zone_assumed",
]
