"""The settings NMS takes from its environment, each with its type, default and meaning.

Every name stands once, here; docs/settings.md is generated from this table. A value that does not parse
stops the program with a message naming the variable. A secret may be given as NAME_FILE, the path of a file
that holds it, as container platforms mount them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo

from common.domain.retention import parse_retention

BASE_DIR = Path(__file__).resolve().parent.parent
PRIVATE_RANGES = (
    "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,169.254.0.0/16,127.0.0.0/8,::1/128,fc00::/7,fe80::/10"
)

ELSEWHERE = ("NMS_TEST_", "NMS_CLIENT_")  # read by the tests, and by api_clients (configuration_environment.py)
LONG_ENOUGH = 50  # characters of a secret in production

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class EnvironmentInvalid(ValueError):
    """The environment holds values that NMS cannot run with; the message names each variable and what is wrong."""


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


CommaSeparated = BeforeValidator(_split)


def _pairs(value: Any) -> Any:
    """Of "router=c7200, server=Ubuntu" a mapping."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in _split(value)]
    if any(not (name.strip() and sign and text.strip()) for name, sign, text in pairs):
        raise ValueError("should be pairs such as router=c7200, separated by commas")
    return {name.strip(): text.strip() for name, _, text in pairs}


Pairs = BeforeValidator(_pairs)


def _network(text: Any) -> Network:
    return ipaddress.ip_network(text)


def _url_of(*schemes: str) -> AfterValidator:
    def check(url: SecretStr) -> SecretStr:
        if url.get_secret_value().partition("://")[0] not in schemes:
            raise ValueError(f"should begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return url

    return AfterValidator(check)


def _retention(text: str) -> str:
    parse_retention(text)
    return text


DatabaseUrl = Annotated[SecretStr | None, _url_of("postgresql", "postgres", "sqlite")]
RedisUrl = Annotated[SecretStr | None, _url_of("redis", "rediss")]


class Environment(BaseModel):
    """One field for each variable; a field's alias is the variable's name."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)

    production: bool = Field(
        False,
        alias="NMS_PRODUCTION",
        description="Refuse to start without explicit secrets and hosts; secure cookies and HTTPS.",
    )
    debug: bool = Field(False, alias="NMS_DEBUG", description="Django's debug pages. Never in production.")
    data_dir: Path = Field(
        BASE_DIR / "var", alias="NMS_DATA_DIR", description="Where the embedded database and generated keys live."
    )
    secret_key: SecretStr | None = Field(
        None,
        alias="NMS_SECRET_KEY",
        description="Signs sessions and tokens; embedded mode generates one in the data folder.",
    )
    encryption_key: SecretStr | None = Field(
        None,
        alias="NMS_ENCRYPTION_KEY",
        description="Encrypts device secrets at rest; without it a key is derived from NMS_SECRET_KEY.",
    )
    allowed_hosts: Annotated[list[str], CommaSeparated] = Field(
        ["localhost", "127.0.0.1", "[::1]"], alias="NMS_ALLOWED_HOSTS", description="Host names the server answers to."
    )
    trusted_origins: Annotated[list[str], CommaSeparated] = Field(
        [],
        alias="NMS_TRUSTED_ORIGINS",
        description="Other origins (https://host) whose pages may post and open WebSockets.",
    )
    tls: bool = Field(
        True, alias="NMS_TLS", description="In production: redirect to HTTPS and send cookies over HTTPS only."
    )
    database_url: DatabaseUrl = Field(
        None,
        alias="DATABASE_URL",
        description="postgresql://user:password@host/name; SQLite in the data folder without it.",
    )
    redis_url: RedisUrl = Field(
        None,
        alias="REDIS_URL",
        description="redis://host:6379/0; broker, cache and channel layer in process without it.",
    )
    log_level: str = Field(
        "INFO",
        alias="NMS_LOG_LEVEL",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        description="DEBUG, INFO, WARNING or ERROR.",
    )
    log_format: str = Field(
        "console",
        alias="NMS_LOG_FORMAT",
        pattern="^(console|json)$",
        description="console for people, json for collectors.",
    )
    clients_file: Path | None = Field(
        None, alias="NMS_CLIENTS_FILE", description="YAML configuration of api_clients, reloaded when it changes."
    )
    lab: bool = Field(False, alias="NMS_LAB", description="Raise the lab network beside the hub and discover it.")
    console_idle_seconds: float = Field(
        1800.0,
        alias="NMS_CONSOLE_IDLE_SECONDS",
        gt=0,
        le=86400,
        description="A console session over a WebSocket ends when nothing came from its user for so long.",
    )
    discovery_ranges: Annotated[list[Annotated[Network, BeforeValidator(_network)]], CommaSeparated] = Field(
        PRIVATE_RANGES.split(","),  # validated like a given value, see validate_default
        alias="NMS_DISCOVERY_RANGES",
        description="Ranges that discovery may touch; anything outside is refused.",
        validate_default=True,
    )
    discovery_max_addresses: int = Field(
        65536, alias="NMS_DISCOVERY_MAX_ADDRESSES", ge=1, description="The most addresses one discovery may cover."
    )
    watch_interval_seconds: float = Field(
        15.0,
        alias="NMS_WATCH_INTERVAL_SECONDS",
        gt=0,
        le=86_400,
        description="How often the status of devices and interfaces is polled.",
    )
    watch_misses: int = Field(
        3, alias="NMS_WATCH_MISSES", ge=1, description="A device is unreachable after so many polls without an answer."
    )
    link_expiry_seconds: float = Field(
        3600.0,
        alias="NMS_LINK_EXPIRY_SECONDS",
        gt=0,
        le=31_536_000,
        description="How long the last words of a device that stopped answering count as evidence of its links.",
    )
    lab_templates: Annotated[dict[str, str], Pairs] = Field(
        {},
        alias="NMS_LAB_TEMPLATES",
        description="GNS3 template for each role in exported labs, such as router=c7200,server=Ubuntu; VPCS and"
        " Ethernet switches stand for the others.",
    )

    monitoring_interval_seconds: float = Field(
        30.0,
        alias="NMS_MONITORING_INTERVAL_SECONDS",
        gt=0,
        le=86_400,
        description="How often the health of all modules and services is asked.",
    )
    service_slow_seconds: float = Field(
        2.0,
        alias="NMS_SERVICE_SLOW_SECONDS",
        gt=0,
        le=60,
        description="A service that takes longer to answer its health check is degraded.",
    )
    overview_interval_seconds: float = Field(
        15.0,
        alias="NMS_OVERVIEW_INTERVAL_SECONDS",
        gt=0,
        le=3600,
        description="How often the services are asked for alerts and figures, for the overview of monitoring.",
    )
    keep_service_history_days: float = Field(
        400.0,
        alias="NMS_KEEP_SERVICE_HISTORY_DAYS",
        gt=0,
        description="How long changes of the services' health and their hours (availability, latency) are kept.",
    )
    keep_messages_days: float = Field(
        7.0, alias="NMS_KEEP_MESSAGES_DAYS", gt=0, description="How long delivered and expired messages are kept."
    )
    keep_dead_letters_days: float = Field(
        90.0, alias="NMS_KEEP_DEAD_LETTERS_DAYS", gt=0, description="How long dead letters are kept for a replay."
    )
    keep_runs_days: float = Field(
        90.0, alias="NMS_KEEP_RUNS_DAYS", gt=0, description="How long workflow runs are kept after their end."
    )
    keep_tasks_days: float = Field(
        14.0, alias="NMS_KEEP_TASKS_DAYS", gt=0, description="How long the records of ended tasks are kept."
    )
    worker_metrics_port: int | None = Field(
        None,
        alias="NMS_WORKER_METRICS_PORT",
        ge=1,
        le=65_535,
        description="A `celery worker` serves its metrics for Prometheus at this port, without a login.",
    )
    worker_metrics_host: str = Field(
        "127.0.0.1", alias="NMS_WORKER_METRICS_HOST", description="The address of that port."
    )

    module_lost_seconds: float = Field(
        300.0,
        alias="NMS_MODULE_LOST_SECONDS",
        gt=0,
        le=86_400,
        description="A remote module is lost after so long without a heartbeat.",
    )
    event_retention: Annotated[str, AfterValidator(_retention)] = Field(
        "*=90d,discovery.progress=2d,workflow.step_started=14d,workflow.step_succeeded=14d,workflow.step_waiting=14d",
        alias="NMS_EVENT_RETENTION",
        description="How long events are kept, by topic (m, h, d, w or forever); the longest topic that matches wins.",
    )

    @model_validator(mode="after")
    def production_has_no_defaults(self) -> Environment:
        if not self.production:
            return self
        if self.secret_key is None or len(self.secret_key.get_secret_value()) < LONG_ENOUGH:
            raise ValueError(
                f"NMS_PRODUCTION=1 needs NMS_SECRET_KEY (or NMS_SECRET_KEY_FILE) of at least {LONG_ENOUGH} characters"
            )
        if self.encryption_key and len(self.encryption_key.get_secret_value().partition(",")[0]) < LONG_ENOUGH:
            raise ValueError(f"NMS_PRODUCTION=1 needs an NMS_ENCRYPTION_KEY of at least {LONG_ENOUGH} characters")
        if "allowed_hosts" not in self.model_fields_set:
            raise ValueError("NMS_PRODUCTION=1 needs NMS_ALLOWED_HOSTS, the host names users will type")
        if self.debug:
            raise ValueError("NMS_PRODUCTION=1 refuses NMS_DEBUG=1")
        return self


def read_environment(variables: Mapping[str, str]) -> Environment:
    """Parse `variables` (usually os.environ). Raises EnvironmentInvalid naming each wrong or unknown one."""
    known = {field.alias for field in Environment.model_fields.values() if field.alias}
    secrets = {field.alias for field in Environment.model_fields.values() if field.alias and is_secret(field)}
    given: dict[str, str] = {name: variables[name] for name in known if variables.get(name, "") != ""}
    for name in secrets:
        path = variables.get(f"{name}_FILE")
        if not path:
            continue
        if name in given:
            raise EnvironmentInvalid(f"{name} and {name}_FILE are both set; keep one")
        given[name] = _content(path, f"{name}_FILE")
    _refuse_unknown(variables, known | {f"{name}_FILE" for name in secrets})
    try:
        return Environment.model_validate(given)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc']) or 'environment'}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise EnvironmentInvalid(f"The environment is not usable: {problems}") from None


def is_secret(field: FieldInfo) -> bool:
    """Whether the setting may also be given as NAME_FILE."""
    return SecretStr in get_args(field.annotation)


def _content(path: str, name: str) -> str:
    try:
        content = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise EnvironmentInvalid(f"{name} names {path}, which cannot be read: {reason}") from error
    if not content:
        raise EnvironmentInvalid(f"{name} names {path}, which is empty")
    return content


def _refuse_unknown(variables: Mapping[str, str], known: set[str]) -> None:
    """A misspelt NMS_ variable would otherwise be a setting silently left at its default."""
    unknown = sorted(
        name for name in variables if name.startswith("NMS_") and name not in known and not name.startswith(ELSEWHERE)
    )
    if unknown:
        raise EnvironmentInvalid(f"Unknown settings: {', '.join(unknown)}. Known: {', '.join(sorted(known))}")
