"""Targets from environment variables, for those who run without a file:

    NMS_CLIENT_GRAFANA_MAIN_URL=https://grafana.example.org       # several with commas between them are replicas
    NMS_CLIENT_GRAFANA_MAIN_TOKEN_FILE=/run/secrets/grafana       # or TOKEN; PASSWORD or PASSWORD_FILE with USERNAME

NMS_CLIENT_<SERVICE>_<TARGET>_<SETTING>; without the target it is `main`. Whatever else there is to say of a target
needs the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import SecretStr

from api_clients.configuration_error import ConfigurationInvalid

PREFIX = "NMS_CLIENT_"
SETTINGS = ("PASSWORD_FILE", "TOKEN_FILE", "USERNAME", "PASSWORD", "TOKEN", "CA_FILE", "URL")
USUAL = "main"


def targets_in(
    environment: Mapping[str, str], *, known_services: Iterable[str]
) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what the environment says of targets, by service and target, as the file would say it.

    Raises ConfigurationInvalid, naming the variable.
    """
    known = sorted(known_services, key=len, reverse=True)  # traffic_control before traffic
    settings: dict[tuple[str, str], dict[str, str]] = {}
    for variable, value in sorted(environment.items()):
        if variable.startswith(PREFIX) and value:
            service, target, setting = _parts(variable, known)
            settings.setdefault((service, target), {})[setting] = value
    return {place: _target(place, given) for place, given in settings.items()}


def _parts(variable: str, known: list[str]) -> tuple[str, str, str]:
    rest = variable.removeprefix(PREFIX)
    service = next((name for name in known if rest.startswith(f"{name.upper()}_")), None)
    if service is None:
        raise ConfigurationInvalid(f"{variable}: no such service. Known: {', '.join(sorted(known))}")
    rest = rest.removeprefix(f"{service.upper()}_")
    for setting in SETTINGS:
        if rest == setting:
            return service, USUAL, setting
        if rest.endswith(f"_{setting}") and rest != f"_{setting}":
            return service, rest.removesuffix(f"_{setting}").lower(), setting
    raise ConfigurationInvalid(f"{variable}: should end with one of {', '.join(sorted(SETTINGS))}")


def _target(place: tuple[str, str], given: Mapping[str, str]) -> dict[str, Any]:
    service, target = place
    if "URL" not in given:
        name = f"{PREFIX}{service}_{target}_".upper()
        raise ConfigurationInvalid(f"{name}URL: is needed beside {', '.join(f'{name}{key}' for key in given)}")
    document: dict[str, Any] = {"instances": [{"url": url.strip()} for url in given["URL"].split(",")]}
    if auth := _auth(given):
        document["auth"] = auth
    if "CA_FILE" in given:
        document["tls"] = {"ca_file": given["CA_FILE"]}
    return document


def _auth(given: Mapping[str, str]) -> dict[str, Any]:
    """A user makes it a login by name and password, a token goes alone; the model refuses what does not go together."""
    secrets: dict[str, Any] = {key.lower(): given[key] for key in ("PASSWORD_FILE", "TOKEN_FILE") if key in given}
    secrets |= {key.lower(): SecretStr(given[key]) for key in ("PASSWORD", "TOKEN") if key in given}
    if not secrets and "USERNAME" not in given:
        return {}
    if "USERNAME" in given or any(key.startswith("password") for key in secrets):
        return {"kind": "basic", "username": given.get("USERNAME"), **secrets}
    return {"kind": "bearer", **secrets}
