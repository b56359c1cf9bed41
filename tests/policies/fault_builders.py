"""Seeded faults as text: a folder of packs in which one rule reads as a mutant has it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import cedarpy
from cedarpy import pst

from policies import PACKS_DIRECTORY
from policies.engine.pack import Pack
from policies.verify.mutants import Mutant

RULES_ONLY = shutil.ignore_patterns("promises", "examples", "reach.yaml", "alike.yaml", "terms.yaml")
"""What a coalition writes that tries rules of its own: what ships of the same name still holds for them."""


def folder_with(pack: Pack, mutant: Mutant, folder: Path) -> Path:
    """Write the packs into a new folder, rules only, one of them faulty; return the folder."""
    shutil.copytree(PACKS_DIRECTORY, folder, ignore=RULES_ONLY)
    text = "" if mutant.policy is None else text_of(mutant.policy)
    files_written = 0
    for file in sorted((folder / mutant.rule.pack).rglob("*.cedar")):
        before = file.read_text(encoding="utf-8")
        if mutant.rule.source in before:
            file.write_text(before.replace(mutant.rule.source, text), encoding="utf-8")
            files_written += 1
    assert files_written == 1
    return folder


def text_of(policy: pst.Template) -> str:
    """The text of one policy, as Cedar writes it."""
    renamed = replace(policy, id="it")
    return str(
        cedarpy.PolicySet.from_pst(pst.PolicySet(templates={}, static_policies={"it": renamed}, template_links=()))
    )
