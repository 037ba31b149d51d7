"""The two lines of an enrolment: HTTPS to the desk, and a trial of TLS with the broker.

Both believe the authorities of the bundle and nobody else, and speak TLS 1.3. To the desk
goes the signed request and nothing more: no name of a program, nothing of a household.
"""

import http.client
import json
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from agent.identity.certificates import Pair, trial_context, trusting
from wire import enrolment
from wire.enrolment import Certificate, CertificateRequest
from wire.schema import SchemaError

WITHIN_S = 10.0
ALERT_WITHIN_S = 2.0
"""In TLS 1.3 a server tells what it thinks of a client's certificate after the handshake."""


class DeskAway(Exception):
    """The desk cannot be reached, or cannot sign now: later may do."""


class DeskRefuses(Exception):
    """The desk says no, and why."""


class BrokerRefuses(Exception):
    """The broker does not accept the certificate, or is not the one it should be."""


def certificate_for(request: CertificateRequest, url: str, authorities: str) -> str:
    """Return the chain that the desk at ``url`` gives for ``request``, as PEM."""
    parts = urlsplit(url)
    connection = http.client.HTTPSConnection(
        parts.hostname or "", parts.port, timeout=WITHIN_S, context=trusting(authorities)
    )
    try:
        headers = {"Content-Type": "application/json"}
        body = enrolment.write(request).encode()
        connection.request("POST", parts.path or "/", body=body, headers=headers)
        response = connection.getresponse()
        data = response.read(enrolment.DOCUMENT_BYTES_MAX + 1)
    except (OSError, http.client.HTTPException) as error:
        raise DeskAway(f"{url} cannot be used: {error}") from None
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise _refusal(url, response.status, data)
    try:
        document = enrolment.read(data)
    except SchemaError as error:
        raise DeskAway(f"{url} does not answer as a desk does: {error}") from None
    if not isinstance(document, Certificate):
        raise DeskAway(f"{url} does not answer with a certificate")
    return document.chain


def show(pair: Pair, host: str, port: int, authorities: str, state_dir: Path) -> str:
    """Show ``pair`` to the broker; return what came of it, or raise ``BrokerRefuses``."""
    context = trial_context(state_dir, pair, authorities)
    where = f"the broker {host}:{port}"
    try:
        line = socket.create_connection((host, port), timeout=WITHIN_S)
    except OSError as error:
        return (
            f"{where} cannot be reached now ({error}); it will have to accept the certificate"
        )
    try:
        with line, context.wrap_socket(line, server_hostname=host) as secured:
            if is_refused(secured):
                raise BrokerRefuses(f"{where} hung up on the certificate")
    except OSError as error:
        raise BrokerRefuses(f"{where} and this device do not agree: {error}") from None
    return f"{where} accepts the certificate"


def is_refused(secured: ssl.SSLSocket) -> bool:
    """Tell whether the other end hangs up on our certificate, just after the handshake."""
    secured.settimeout(ALERT_WITHIN_S)
    try:
        return not secured.recv(1)
    except TimeoutError:
        # It waits for us to speak: that is what being let in looks like.
        return False


def _refusal(url: str, status: int, data: bytes) -> DeskAway | DeskRefuses:
    try:
        plain = json.loads(data)
        reason = plain["refused"] if isinstance(plain["refused"], str) else ""
    except (ValueError, KeyError, TypeError, RecursionError):
        reason = ""
    if status == http.client.FORBIDDEN and reason:
        return DeskRefuses("".join(c for c in reason if c.isprintable())[:300])
    return DeskAway(f"{url} answers with status {status}")
