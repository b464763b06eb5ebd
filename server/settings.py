"""Everything that can be set, read once from the environment (`WILDTRACK_...`) into one typed object.

docs/settings.md lists every field, and a test holds it to this file.
"""

import ipaddress
import os
import re
import sys
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from server.errors import ConfigurationError

PREFIX = "WILDTRACK_"
_ROOT = Path(__file__).resolve().parent.parent


def default_data_dir() -> Path:
    """Where this user's programs keep their data: API keys live there, never in the checkout."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "wildtrack"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "wildtrack"


class Settings(BaseSettings):
    """The server's settings. Every field is also an environment variable: `port` is `WILDTRACK_PORT`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    """Address to listen on. Any but a loopback address needs API keys, or the server does not start."""
    port: int = Field(8000, ge=0, le=65535)
    """TCP port; 0 takes a free one and prints it."""
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Host names, besides loopback and `host`, that requests may be addressed to. Comma-separated."""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Exact origins (`https://example.org`) of other sites whose pages may use this server. Comma-separated."""

    models_dir: Path = _ROOT / "onnx_models"
    """Where `python -m export` has put the models."""
    web_dir: Path = _ROOT / "web"
    """The page's files."""
    vendor_dir: Path = _ROOT / "node_modules" / "socket.io-client" / "dist"
    """Where socket.io-client's browser build lies."""
    data_dir: Path = Field(default_factory=default_data_dir)
    """API keys are kept here, and what Foley keeps where `foley_dir` says nothing else."""

    lexicon: Path | None = None
    """A JSON file of words and how they are to be read, for all requests (docs/reading.md)."""

    device: Literal["cpu", "cuda", "auto"] = "cpu"
    """Where models run. `cuda` refuses to start without a usable GPU; `auto` takes one if it can."""
    backend: Literal["onnxruntime", "openvino"] = "onnxruntime"
    """What runs the vocoders of Kokoro and of piper voices. `openvino` does so in bf16: less CPU, not quite the same
    sound. It needs `make openvino`, `device` cpu and a processor with avx512_bf16 or amx_bf16."""
    engine_threads: int = Field(0, ge=0, le=256)
    """Worker threads that run models; 0 means one per core."""

    chunk_ms: int = Field(100, ge=20, le=1000)
    """Milliseconds of sound in one chunk, and so in one message."""
    window_messages: int = Field(16, ge=1, le=256)
    """Audio messages a connection may have unacknowledged before its streams are parked."""
    max_lead_s: float = Field(25.0, ge=1, le=600)
    """Seconds of sound a listener who reports playback may be ahead before its stream is parked."""
    stall_timeout_s: float = Field(120.0, ge=1)
    """Seconds a listener may take nothing of a stream that waits for it, before the stream is ended.
    A paused player holds its stream for as long as it keeps reporting playback."""
    text_timeout_s: float = Field(60.0, ge=1, le=3600)
    """Seconds a stream whose text comes in pieces is kept while all that came is spoken and nothing more comes."""
    ping_interval_s: int = Field(3, ge=1, le=60)
    """Seconds between two pings on a Socket.IO connection."""
    ping_timeout_s: int = Field(5, ge=1, le=60)
    """Seconds of silence after a ping before a connection is given up, by either side. Any message counts as life."""
    workers: int = Field(1, ge=1, le=64)
    """Processes that gunicorn runs. The cores, and with them what may be promised, are divided among them.
    `python -m server` is always one."""
    headroom: float = Field(0.9, gt=0, le=1)
    """The share of the worker threads' time that is promised to listeners; a stream that would take more is
    `overloaded`."""
    max_first_audio_s: float = Field(1.0, gt=0, le=60)
    """Seconds a stream may have to wait for its first chunk behind others; one that would wait longer is
    `overloaded`."""
    max_waiting: int = Field(0, ge=0, le=10_000)
    """Requests that may wait in line instead of being refused as `overloaded`."""
    max_wait_s: float = Field(5.0, gt=0, le=300)
    """Seconds one may wait there."""
    max_streams: int = Field(512, ge=1)
    """Streams open at once in this process, whatever they cost; one more is `overloaded`."""
    max_streams_per_connection: int = Field(8, ge=1)
    """Streams open at once on one connection."""
    max_connections: int = Field(256, ge=1)
    """Socket.IO connections open at once in this process."""
    requests_per_minute: int = Field(600, ge=1)
    """Requests to speak that one client (API key, or address where there is none) may make in a minute."""
    texts_per_second: int = Field(500, ge=1, le=100_000)
    """`text` messages one Socket.IO connection may send in a second, on average over two."""

    max_text_characters: int = Field(200_000, ge=1, le=300_000)
    """Longest text over Socket.IO, in characters. A message holds 1 MB at most, so 300000 is the limit."""
    max_text_characters_http: int = Field(4096, ge=1)
    """Longest text over HTTP, in characters, as OpenAI has it."""
    max_convert_bytes: int = Field(256 * 2**20, ge=1024)
    """Largest body of `POST /api/convert`."""
    max_convert_s: float = Field(4 * 3600.0, ge=1)
    """Longest sound `POST /api/convert` takes, in seconds."""

    foley: bool = True
    """Whether sound can be made for videos."""
    role: Literal["all", "gateway", "worker"] = "all"
    """What this process does: `worker` makes the sound of videos, `gateway` everything else, `all` both, the former in
    processes of its own beside it."""
    store_url: str = Field("", repr=False)
    """The Redis or Valkey that keeps Foley's tasks (`redis://`, `rediss://`, `unix://`); empty for one of our own."""
    store_bytes: int = Field(384 * 2**20, ge=16 * 2**20)
    """Memory that our own store may take. Of either store three quarters at most are taken by sound that is being
    made."""
    foley_dir: Path | None = None
    """Where uploads, results and our own store lie; `foley` in `data_dir` where it is not set. Gateways and workers of
    one store need the same one."""
    foley_backend: str = Field("small", min_length=1, max_length=256)
    """What makes the sound: `small` is ours; docs/foley-backends.md says how to name another."""
    public_url: str = ""
    """Where clients reach this server, such as `https://wildtrack.example.org`: URLs that it gives them begin with it.
    Empty: as they asked."""
    foley_jobs: int = Field(2, ge=1, le=64)
    """Videos that one worker makes sound for at once."""
    foley_max_waiting: int = Field(64, ge=1, le=100_000)
    """Videos that are being made or wait for a worker; one more is `too_many_tasks`."""
    foley_worker_wait_s: float = Field(30.0, ge=0, le=600)
    """Seconds that who asks for sound waits for any worker to be there, before it is `foley_unavailable`; 0 takes tasks
    for workers that are still to come."""
    foley_idle_timeout_s: float = Field(600.0, ge=1)
    """Seconds a task goes on that nobody watches or asks about."""
    foley_time_limit_s: float = Field(3600.0, ge=1)
    """Seconds a worker may take for one video."""
    foley_retention_s: float = Field(24 * 3600.0, ge=60)
    """Seconds that a task, its upload and its sound are kept after it was asked for."""
    foley_max_upload_bytes: int = Field(2 * 2**30, ge=2**20)
    """Largest video, uploaded or fetched."""
    foley_max_video_s: float = Field(3600.0, ge=1)
    """Longest video, in seconds."""
    foley_fetch_private: bool = False
    """Whether videos may be fetched from this machine and private networks, and from any port. Without it a
    `video_url` leads to the open internet, ports 80 and 443."""
    foley_fetch_timeout_s: float = Field(300.0, ge=1)
    """Seconds that fetching one video may take."""
    foley_disk_bytes: int = Field(20 * 2**30, ge=2**20)
    """Disk that uploads and results may take together; beyond it the oldest go, but for those being watched."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Lines less grave than this are not written."""
    drain_timeout_s: float = Field(10.0, ge=0)
    """Seconds that running streams get to finish when the server is told to stop."""

    @field_validator("store_url")
    @classmethod
    def _is_store(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("it has to begin with redis://, rediss:// or unix://")
        return value

    @field_validator("allowed_hosts", "cors_origins", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("public_url")
    @classmethod
    def _is_base(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._/-]*)?", value):
            raise ValueError("it has to be like https://wildtrack.example.org")
        return value.rstrip("/")

    @property
    def foley_folder(self) -> Path:
        """Where uploads, results and our own store lie."""
        return self.foley_dir or self.data_dir / "foley"

    @property
    def is_loopback(self) -> bool:
        """Whether only programs on this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def load_settings(**overrides: object) -> Settings:
    """Read the environment, let `overrides` win.

    Raises:
        ConfigurationError: when a variable is unknown or its value is not allowed.
    """
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields} | {f"{PREFIX}CACHE_DIR"}
    unknown = sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)
    if unknown:
        raise ConfigurationError(f"{unknown[0]} is not a setting; docs/settings.md lists those there are.")
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = f"{PREFIX}{'_'.join(str(part) for part in first['loc'])}".upper()
        raise ConfigurationError(f"{name} cannot be used: {first['msg']}.") from None
