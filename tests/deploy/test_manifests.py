"""Files for other programs are such as those programs take: Kubernetes, systemd, Alertmanager; none is only skipped."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from deployment import COMPOSE, DEPLOY
from environments import PROJECT

from service.cli import run_command
from service.settings import PREFIX, Settings

KUBERNETES = "1.32"
OURS = "/opt/referral-router/bin/referral-router"
UNITS = sorted((*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")))


def manifests() -> Iterator[dict[str, Any]]:
    for file in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        document = yaml.safe_load(file.read_text())
        yield from document["items"] if document["kind"] == "List" else [document]


def pods() -> Iterator[dict[str, Any]]:
    for manifest in manifests():
        spec = manifest.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if template is not None:
            yield template


def test_kubernetes_takes_every_manifest() -> None:
    """By its own schemas, which also name what a resource does not have."""
    kinds = [manifest["kind"] for manifest in manifests()]
    for manifest in manifests():
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)

    assert {"Deployment", "PodDisruptionBudget", "Job", "CronJob", "NetworkPolicy"} <= {*kinds}


def test_pods_are_as_locked_up_as_containers_and_run_our_commands() -> None:
    """No root, no writable system, no core of a profile on a disk; each command is one, each variable a setting."""
    for pod in pods():
        spec = pod["spec"]
        assert (spec["securityContext"]["runAsUser"], spec["securityContext"]["runAsNonRoot"]) == (10001, True)
        for container in (*spec["containers"], *spec["initContainers"]):
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        mounts = {mount["name"] for container in spec["containers"] for mount in container["volumeMounts"]}
        assert mounts <= {volume["name"] for volume in spec["volumes"]}
        words = [word for word in spec["containers"][0]["args"] if word.isalpha()]
        assert run_command([*words[: 1 + (words[0] == "db")], "--help"]) == 0
    [settings] = (manifest["data"] for manifest in manifests() if manifest["kind"] == "ConfigMap")
    assert {name.removeprefix(PREFIX).lower() for name in settings} - {"pgpassfile"} <= Settings.model_fields.keys()


def test_an_update_takes_out_no_process_before_another_is_ready() -> None:
    """A rolling update, with the probes that the program has; a node that is emptied leaves one."""
    [answer] = (
        each for each in manifests() if each["metadata"]["name"] == "router-answer" and each["kind"] == "Deployment"
    )
    [budget] = (each for each in manifests() if each["kind"] == "PodDisruptionBudget")
    [container] = answer["spec"]["template"]["spec"]["containers"]

    assert answer["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert budget["spec"]["minAvailable"] < answer["spec"]["replicas"]
    assert budget["spec"]["selector"]["matchLabels"] == answer["spec"]["template"]["metadata"]["labels"]


def test_systemd_takes_every_unit(tmp_path: Path) -> None:
    """Each timer has its service, each service runs a command of ours; the program stands elsewhere here."""
    commands = [
        line.split(OURS, 1)[1].split() for unit in UNITS for line in unit.read_text().splitlines() if OURS in line
    ]
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace(OURS, shutil.which("true") or ""))
    done = subprocess.run(
        ["systemd-analyze", "verify", *sorted(tmp_path.iterdir())], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {unit.stem for unit in UNITS if unit.suffix == ".timer"} <= {
        unit.stem for unit in UNITS if unit.suffix == ".service"
    }
    for command in commands:
        assert run_command([*command[: 1 + (command[0] in ("db", "config"))], "--help"]) == 0


def test_alertmanager_takes_its_file_and_calls_somebody_for_each_severity() -> None:
    """By its own tool: how alerts are routed, and that no address is in the file."""
    file, rules = DEPLOY / "alertmanager.yml", yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"][0]["rules"]
    checked = subprocess.run(["amtool", "check-config", file], capture_output=True, text=True, check=False)
    receivers = {
        severity: subprocess.run(
            ["amtool", "config", "routes", "test", f"--config.file={file}", f"severity={severity}"],
            capture_output=True, text=True, check=True,
        ).stdout.strip()
        for severity in sorted({rule["labels"]["severity"] for rule in rules})
    }  # fmt: skip

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert receivers == {"page": "pager", "ticket": "tickets"}
    assert "http" not in file.read_text()


def test_ci_installs_the_tools_of_these_tests() -> None:
    """One that is missing fails the gate: nothing here skips."""
    run = (PROJECT / ".ci" / "run").read_text()
    for tool, package in (("amtool", "prometheus-alertmanager"), ("systemd-analyze", "systemd")):
        assert f"command -v {tool} >/dev/null || missing+=({package})" in run


def test_containers_keep_no_log_without_end() -> None:
    """Each part of compose rotates its log."""
    for name, part in COMPOSE["services"].items():
        assert part["logging"]["options"].keys() == {"max-size", "max-file"}, name


@pytest.mark.parametrize("name", ["backup", "drill"])
def test_compose_has_jobs_for_backups(name: str) -> None:
    """They run when they are told to, by a timer of the machine, and write where user 10001 may."""
    job = COMPOSE["services"][name]
    assert job["profiles"] == ["jobs"]
    assert "restart" not in job or job["restart"] == "no"
    assert any(volume.endswith(":/backups") for volume in job["volumes"])
