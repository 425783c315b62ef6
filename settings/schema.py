"""Every setting of every program, with its default and a sentence that says what it is for."""

from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

CHAMPION = Path("model/champion")
Port = Annotated[int, Field(ge=0, le=65535)]
Share = Annotated[float, Field(gt=0, lt=1)]
Seconds = Annotated[float, Field(ge=0)]
Minutes = Annotated[float, Field(gt=0)]
Severity = Literal["presunta", "confirmada"]
Language = Literal["es", "en"]
Kind = Literal["agua_no_potable", "falla_sensor", "sin_datos"]
KINDS: tuple[Kind, ...] = ("agua_no_potable", "falla_sensor", "sin_datos")
HOUR = r"([01]\d|2[0-3]):[0-5]\d"


class Section(BaseModel):
    """A section of the settings: unknown keys are refused, nothing changes after start."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Mqtt(Section):
    """The connection to the broker."""

    host: str = Field("127.0.0.1", description="Broker's host.")
    port: Port = Field(1883, description="Broker's port.")
    username: str | None = Field(None, description="Login, when the broker wants one.")
    password: SecretStr | None = Field(None, description="Password of that login.")
    ca: Path | None = Field(None, description="CA certificate file; set it and the connection is TLS.")
    monitor_username: str | None = Field(
        None, description="Login that may read $SYS, for the broker's queue and drops; needed where logins are."
    )
    monitor_password: SecretStr | None = Field(None, description="Password of that login.")
    client_id: str = Field("vigia-ingest", min_length=1, description="Stable name of the session; one process each.")
    keepalive: int = Field(10, ge=5, description="Seconds of silence after which a ping is sent.")
    session_expiry: int = Field(604_800, ge=0, description="Seconds the broker keeps our queue while we are away.")


class Store(Section):
    """Where readings, alarms and deliveries are kept."""

    url: str = Field("sqlite:///vigia.db", description="SQLAlchemy URL of the database.")


class Model(Section):
    """The classifier that judges."""

    dir: Path = Field(CHAMPION, description="Folder of the model bundle.")
    prior: Share | None = Field(
        None, description="Expected share of readings that are not potable; unset: the share at training."
    )


class Receiver(Section):
    """Somebody who is notified: an Apprise URL (a secret), a name for logs, and what is sent there, when and how."""

    url: SecretStr = Field(description="Apprise URL.")
    name: str = Field("", max_length=64, description="Name in logs and metrics; unset: receptor-1, receptor-2 …")
    severity: Severity = Field("presunta", description="Least to send; confirmada: confirmed bad water, nothing else.")
    kinds: tuple[Kind, ...] = Field(KINDS, min_length=1, description="Kinds of alarms to send.")
    sites: tuple[str, ...] = Field((), description="Sites to send alarms of; none named: all.")
    language: Language | None = Field(None, description="Language of the texts; unset: alerts.language.")
    quiet_hours: str | None = Field(
        None,
        pattern=rf"^{HOUR}-{HOUR}$",
        description="Such as 22:00-07:00: alarms about sensors wait for the end, those on the water never.",
    )
    format: Literal["texto", "markdown"] = Field(
        "texto", description="markdown for services that show it, such as Telegram or Slack."
    )
    escalation: bool = Field(
        default=False, description="Second list: hears of an alarm only when nobody has acknowledged it in time."
    )
    digest: int = Field(5, ge=0, description="So many at once, none of them confirmed, become one message; 0: never.")

    @model_validator(mode="before")
    @classmethod
    def _from_url(cls, value: object) -> object:
        return {"url": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _hears_of_something(self) -> Self:
        if self.severity == "confirmada" and "agua_no_potable" not in self.kinds:
            msg = "only agua_no_potable is ever confirmada: this receiver would hear of nothing"
            raise ValueError(msg)
        return self


class Policy(Section):
    """When an alarm is confirmed and when it ends."""

    evidence: Annotated[float, Field(gt=0)] | None = Field(
        None, description="Evidence that confirms, in log-odds; unset: the bundle's, from its budget of false alarms."
    )
    n_of_m: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(le=60)]] | None = Field(
        None, description="Such as [3, 5]: confirm by 3 bad ones among the last 5 readings, instead of by evidence."
    )
    off_delay: Seconds | None = Field(None, description="Seconds of fresh potable readings before an alarm clears.")
    presunta_interval: Seconds | None = Field(
        None, description="Presuntas of one sensor notify at most once in so many seconds; confirmations always."
    )
    least_silence: Seconds | None = Field(
        None, description="Silence of 2.5 periods is an alarm, but not below so many seconds."
    )
    period: Seconds | None = Field(None, description="Seconds between readings; unset: learned from each sensor.")

    @model_validator(mode="after")
    def _n_is_at_most_m(self) -> Self:
        if self.n_of_m is not None and self.n_of_m[0] > self.n_of_m[1]:
            msg = "n_of_m: n must not be larger than m"
            raise ValueError(msg)
        return self


class Override(Policy):
    """What differs from the general policy at one site or sensor."""

    of: str = Field(
        pattern=r"^[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64})?$",
        description="The site, or site/sensor, that it is about.",
    )


class Alerts(Policy):
    """Who hears of an alarm, when, and in which words."""

    receivers: tuple[Receiver, ...] = Field(
        (), description="JSON list of Apprise URLs, or of objects: see README, Receivers."
    )
    language: Language = Field("es", description="Language of notifications.")
    timezone: str = Field("America/Santiago", description="Zone of the times in notifications, and of quiet hours.")
    templates: Path | None = Field(
        None, description="Folder of texts that replace shipped ones of the same name, such as es/sin_datos.txt."
    )
    page: str = Field("http://127.0.0.1:8000", description="Address of the operator page, for links.")
    off_delay: Seconds = Field(600, description="Seconds of fresh potable readings before an alarm clears.")
    presunta_interval: Seconds = Field(
        600, description="Presuntas of one sensor notify at most once in so many seconds; confirmations always."
    )
    least_silence: Seconds = Field(10, description="Silence of 2.5 periods is an alarm, but not below so many seconds.")
    overrides: tuple[Override, ...] = Field(
        (), description="JSON list of what differs at a site or sensor: see README, Sites and sensors of their own."
    )
    silence_grace: Seconds = Field(60, description="Seconds after (re)connecting before silence is judged.")
    repeat: tuple[Minutes, ...] = Field(
        (15, 30, 60), description="Minutes after which people are told again until somebody acknowledges; [] never."
    )
    escalate_after: Minutes = Field(
        30, description="Minutes without an acknowledgement after which receivers with `escalation` are told."
    )
    send_timeout: Seconds = Field(15, description="Hard limit in seconds for one attempt to send.")
    give_up_after: Seconds = Field(86_400, description="Seconds after which an undeliverable notification is dead.")
    heartbeat_url: SecretStr | None = Field(
        None, description="Address of a dead-man's switch outside, which is told that all is well, and misses it else."
    )
    heartbeat_interval: Annotated[float, Field(ge=1)] = Field(60, description="Seconds between two signs of life.")

    @field_validator("timezone")
    @classmethod
    def _exists(cls, timezone: str) -> str:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            msg = f"there is no time zone {timezone}"
            raise ValueError(msg) from error
        return timezone

    @field_validator("receivers")
    @classmethod
    def _named(cls, receivers: tuple[Receiver, ...]) -> tuple[Receiver, ...]:
        """Give each receiver a name of its own: deliveries are kept by it."""
        named = tuple(
            r if r.name else r.model_copy(update={"name": f"receptor-{i}"}) for i, r in enumerate(receivers, 1)
        )
        names = [r.name for r in named]
        if len(set(names)) < len(names):
            msg = "two receivers have the same name"
            raise ValueError(msg)
        return named


class Ingest(Section):
    """The consumer."""

    metrics_host: str = Field("127.0.0.1", description="Address where ingest serves its metrics.")
    metrics_port: Port = Field(9108, description="Port of ingest's /metrics, /livez and /readyz; 0: a free one.")
    inbox: int = Field(5_000, ge=1, description="Messages that may wait for scoring before the socket is held back.")
    batch: int = Field(1_000, ge=1, description="Messages that are scored and committed together at the most.")
    future_tolerance: Seconds = Field(300, description="A reading more seconds ahead of the clock counts as future.")
    window: Seconds = Field(86_400, description="A reading older than so many seconds counts as old.")
    most_per_minute: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Readings of one sensor kept in a minute; not potable ones always are. Unset: all."
    )
    keep_days: Annotated[float, Field(gt=0)] | None = Field(
        None, description="Days after which readings are forgotten; alarms never are. Unset: kept for ever."
    )
    allowed: Path | None = Field(
        None, description="File with a sitio/sensor a line: all others are refused; unset: nobody is."
    )


class Api(Section):
    """The HTTP service."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Port = Field(8000, description="Port to listen on.")
    key: SecretStr | None = Field(None, description="When set, requests that change anything need it as X-API-Key.")
    sensors: Path | None = Field(
        None, description="CSV file of sitio,sensor,nombre,lat,lon, in degrees; with it the page has a map."
    )
    consumer: str | None = Field(
        None, description="Address of ingest's /readyz, such as http://ingest:9108; unset: where ingest's settings say."
    )


class Log(Section):
    """What the programs say while they run."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    json_lines: bool = Field(default=False, description="One JSON object a line instead of text.")


class Settings(BaseSettings):
    """All settings. `VIGIA_DATA` names the training data; the rest stands in sections."""

    model_config = SettingsConfigDict(
        env_prefix="VIGIA_", env_nested_delimiter="__", env_ignore_empty=True, extra="forbid", frozen=True
    )

    data: Path = Field(Path("data/water_potability.csv"), description="Training data.")
    mqtt: Mqtt = Mqtt()
    store: Store = Store()
    model: Model = Model()
    alerts: Alerts = Alerts()
    ingest: Ingest = Ingest()
    api: Api = Api()
    log: Log = Log()

    @model_validator(mode="after")
    def _batch_fits_the_inbox(self) -> Self:
        if self.ingest.batch > self.ingest.inbox:
            msg = "ingest.batch must not be larger than ingest.inbox"
            raise ValueError(msg)
        return self
