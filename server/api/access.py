"""Who may come in: the Host a request is addressed to, the Origin of the page that sends it, the API key it brings."""

import ipaddress

from server.api.context import ApiContext
from server.errors import ConfigurationError, DrainingError, ForbiddenError, InternalError, UnauthorizedError
from server.logs import get_logger
from server.settings import Settings

_log = get_logger(__name__)


def check_host(settings: Settings, host: str | None) -> None:
    """Refuse requests addressed to a name that is not ours, as a page makes them that has rebound its own name to us.

    `host` is the Host header. Loopback names, the address we listen on and `allowed_hosts` are ours; where we listen on
    every address, so is any address, because only names can be rebound.

    Raises:
        ForbiddenError: when it is none of these.
    """
    name = _host_name(host or "")
    address = _address(name)
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, 6.3
        return
    if name and name in {settings.host.lower(), *(allowed.lower() for allowed in settings.allowed_hosts)}:
        return
    bound = _address(settings.host)
    if address is not None and (address.is_loopback or address == bound or (bound and bound.is_unspecified)):
        return
    raise ForbiddenError("This server does not answer to that host name; add it to WILDTRACK_ALLOWED_HOSTS.")


def is_origin_allowed(context: ApiContext, origin: str | None, host: str) -> bool:
    """Whether a page of `origin` may use this server: its own pages may, and those of `cors_origins`.

    None is no page: a program. `host` is the Host header; a proxy that ends TLS changes the scheme, so either will do.
    """
    if origin is None or is_cross_origin_allowed(context.settings, origin):
        return True
    return origin.lower() in {f"http://{host.lower()}", f"https://{host.lower()}"}


def is_cross_origin_allowed(settings: Settings, origin: str | None) -> bool:
    """Whether a browser shall let a page of another site, of this exact origin, read our responses."""
    return origin is not None and origin in settings.cors_origins


def authenticate(context: ApiContext, presented: str | None, remote: str | None) -> str:
    """Tell who a client is: by the API key it presents, else, where none is needed, by its address.

    On a loopback address no key is needed, and a wrong one does no harm: OpenAI's clients always send one.

    Raises:
        UnauthorizedError: when a key is needed and none, or a wrong one, is presented.
        InternalError: when the keys cannot be read.
    """
    try:
        key = context.keys.find(presented) if presented else None
    except ConfigurationError as error:
        # Its sentence names a path of this machine, which is the operator's business.
        _log.error("keys_unreadable", reason=error.message)
        raise InternalError("The API keys cannot be checked; tell whoever runs this server.") from None
    if key is not None:
        return f"key:{key.id}"
    if context.settings.is_loopback:
        return f"address:{remote or 'unknown'}"
    if presented:
        raise UnauthorizedError("This API key is not known here; check it, or ask for a new one.")
    raise UnauthorizedError("An API key is needed: send it as `Authorization: Bearer wt_...`.")


def bearer_token(authorization: str | None) -> str | None:
    """The token of an Authorization header (RFC 6750, 2.1); None where it brings none."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def check_ready(context: ApiContext) -> None:
    """Refuse new work while the server is stopping.

    Raises:
        DrainingError: when it is.
    """
    if context.readiness.is_draining:
        raise DrainingError("The server is restarting; try again in a few seconds.", retry_after_s=5.0)


def _host_name(header: str) -> str:
    """The name or address in a Host header, without port and brackets, in lower case."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].rstrip(".").lower()


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
