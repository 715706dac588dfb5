"""What is shipped beside the code names settings, addresses and commands that there are, and confines the service.

Schemas are checked by `make manifests`, whose tools stand apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from typer.main import get_command

from service.cli import app
from service.site.environment import file_variable_of, variable_of
from service.site.settings import Settings, secrets_in

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
KUBERNETES: list[dict[str, Any]] = list(yaml.safe_load_all((ROOT / "kubernetes.yaml").read_text(encoding="utf-8")))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
BY_KIND = {one["kind"]: one for one in KUBERNETES}
POD = BY_KIND["Deployment"]["spec"]["template"]["spec"]
USER = 10001
KNOWN = {*map(variable_of, Settings.model_fields), *map(file_variable_of, secrets_in(Settings.model_fields))}
SETTINGS = {
    "compose.yaml": COMPOSE["services"]["service"]["environment"],
    "kubernetes.yaml": BY_KIND["ConfigMap"]["data"],
    "Dockerfile": dict.fromkeys(re.findall(r"\bHORMONE_CDS_[A-Z_]+(?==)", DOCKERFILE)),
}


@pytest.mark.parametrize("file", SETTINGS)
def test_every_setting_that_is_set_exists(file: str) -> None:
    named = {name for name in SETTINGS[file] if name.startswith("HORMONE_CDS_")}
    assert named
    assert named <= KNOWN


@pytest.mark.parametrize("file", ["compose.yaml", "kubernetes.yaml"])
def test_secrets_are_files_and_callers_prove_themselves(file: str) -> None:
    set_plainly = set(SETTINGS[file]) & set(map(variable_of, secrets_in(Settings.model_fields)))
    assert not set_plainly
    assert {"HORMONE_CDS_DATABASE_URL_FILE", "HORMONE_CDS_HASH_KEY_FILE"} <= SETTINGS[file].keys()
    assert SETTINGS[file]["HORMONE_CDS_JWT"] == "required"


def test_every_file_of_compose_is_a_secret_that_is_mounted() -> None:
    service = COMPOSE["services"]["service"]
    files = {value for name, value in service["environment"].items() if name.endswith("_FILE")}
    assert files == {f"/run/secrets/{name}" for name in service["secrets"]}
    assert set(COMPOSE["secrets"]) == {name for one in COMPOSE["services"].values() for name in one.get("secrets", [])}


def test_every_file_of_kubernetes_is_a_key_that_its_first_lines_make() -> None:
    (mount,) = (one for one in POD["containers"][0]["volumeMounts"] if one["name"] == "secrets")
    made = re.findall(r"--from-literal=([\w-]+)=", (ROOT / "kubernetes.yaml").read_text(encoding="utf-8"))
    files = {value for name, value in SETTINGS["kubernetes.yaml"].items() if name.endswith("_FILE")}
    assert files == {f"{mount['mountPath']}/{key}" for key in made}


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_container_of_compose_is_confined_and_watched(name: str) -> None:
    one = COMPOSE["services"][name]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert one["healthcheck"]["test"][0] == "CMD"
    assert "ports" not in one or name == "proxy"


def test_the_database_is_reached_from_inside_alone() -> None:
    assert COMPOSE["services"]["database"]["networks"] == ["back"]
    assert COMPOSE["networks"]["back"]["internal"] is True


@pytest.mark.parametrize("container", [*POD["initContainers"], *POD["containers"]], ids=lambda one: one["name"])
def test_every_container_of_kubernetes_is_confined(container: dict[str, Any]) -> None:
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"requests", "limits"} <= container["resources"].keys()


def test_the_pod_is_nobody_special() -> None:
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert POD["securityContext"]["runAsUser"] == USER
    assert POD["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert POD["automountServiceAccountToken"] is False
    assert f"USER {USER}" in DOCKERFILE
    assert COMPOSE["services"]["service"]["user"] == f"{USER}:{USER}"


def test_what_belongs_together_selects_the_same_pods() -> None:
    labels = BY_KIND["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert BY_KIND["Service"]["spec"]["selector"] == labels
    assert BY_KIND["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert BY_KIND["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    assert BY_KIND["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == "hormone-cds"
    assert BY_KIND["PodDisruptionBudget"]["spec"]["minAvailable"] < BY_KIND["Deployment"]["spec"]["replicas"]


def probes() -> Iterator[str]:
    """Every address that is asked whether the service is well."""
    for name in ("startupProbe", "livenessProbe", "readinessProbe"):
        yield POD["containers"][0][name]["httpGet"]["path"]
    for text in (DOCKERFILE, " ".join(COMPOSE["services"]["service"]["healthcheck"]["test"])):
        yield from re.findall(r"http://127\.0\.0\.1:[^/]+(/[\w/]+)", text)


@pytest.mark.parametrize("path", sorted(set(probes())))
def test_every_probe_is_answered(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 200


def test_every_command_exists() -> None:
    program, command = POD["initContainers"][0]["command"]
    assert program == "hormone-cds"
    assert command in get_command(app).commands  # type: ignore[attr-defined]


def test_the_proxy_keeps_what_is_inside_inside() -> None:
    written = COMPOSE["configs"]["proxy"]["content"]
    assert "@inside path /metrics /health /health/*" in written
    assert "reverse_proxy service:8000" in written


def test_the_proxy_logs_no_address_and_no_header_of_a_call() -> None:
    written = COMPOSE["configs"]["proxy"]["content"]
    assert "request>uri delete" in written
    assert "request>headers delete" in written


def test_the_proxy_lets_go_of_idle_connections_before_the_service_does() -> None:
    kept = re.findall(r"\bkeepalive (\d+)s", COMPOSE["configs"]["proxy"]["content"])
    served = re.findall(r"timeout_keep_alive=(\d+)", (ROOT / "service/http/server.py").read_text(encoding="utf-8"))
    assert int(kept[0]) < int(served[0])


def test_a_body_that_the_service_takes_passes_the_proxy() -> None:
    most = Settings.model_fields["max_body"].default
    assert f"max_size {most // 1_000_000}MB" in COMPOSE["configs"]["proxy"]["content"]


def test_the_image_compiles_what_it_may_not_write() -> None:
    assert DOCKERFILE.count("compileall") == 2
    assert "PYTHONDONTWRITEBYTECODE=1" in DOCKERFILE


def test_the_bill_of_materials_is_of_what_the_image_has() -> None:
    extras = re.compile(r"'\.(\[[\w,-]+\])'")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert set(extras.findall(makefile)) - {"[test]", "[spark]", "[test,spark]"} == set(extras.findall(DOCKERFILE))
