"""Attacks on programs as processes of their own use what the tests of the command line use."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))
