"""HTTPS against a server with a certificate that it signed itself."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api_clients.domain.errors import Unreachable
from api_clients.domain.values import Response
from api_clients.infrastructure.clock import SystemClock
from api_clients.infrastructure.http import ConnectionSettings, HttpTransport
from api_clients.infrastructure.tests.rig import a_request
from api_clients.simulation import HttpSimulator, serve


def send(url: str, **settings: Any) -> Response:
    return HttpTransport(settings=ConnectionSettings(**settings), clock=SystemClock()).send(a_request(instance=url))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, in cert and key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder


@pytest.fixture
def tls_url(certificate: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert", certificate / "key")

    def run(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(65536)
                    secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            except OSError:
                continue

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=run, args=(listener,), daemon=True).start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def test_a_certificate_nobody_vouches_for_is_refused(tls_url: str) -> None:
    with pytest.raises(Unreachable, match="certificate that cannot be verified: self-signed certificate"):
        send(tls_url)


def test_a_certificate_authority_of_ones_own_can_be_trusted(tls_url: str, certificate: Path) -> None:
    assert send(tls_url, ca_file=certificate / "cert").body == b"ok"


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_verification_can_be_switched_off(tls_url: str) -> None:
    assert send(tls_url, verify=False).body == b"ok"


def test_tls_to_a_port_that_speaks_none_is_unreachable() -> None:
    with serve(HttpSimulator()) as server, pytest.raises(Unreachable, match="could not agree on TLS"):
        send(server.url.replace("http://", "https://"))
