"""A certificate authority for one machine, because Azure's SDKs refuse bearer tokens without TLS.

The Azure stand-in and Azurite serve with `server.pem`; every client trusts `ca.pem`. The authority's own key is never
written: a new server certificate comes with a new authority.
"""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from aiohttp import connector
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=365)
SPARE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where the PEM files lie: the authority clients trust, the server's certificate and its private key."""

    ca: Path
    server: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """A TLS context to serve with."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.server, self.key)
        return context

    def client_context(self) -> ssl.SSLContext:
        """A TLS context that trusts this authority and nothing else."""
        return ssl.create_default_context(cafile=self.ca)


def ensure_certificates(directory: Path) -> Certificates:
    """The certificates in `directory` for 127.0.0.1 and localhost, made anew unless the ones there still hold."""
    files = Certificates(directory / "ca.pem", directory / "server.pem", directory / "server.key")
    now = datetime.now(UTC)  # noqa: TID251 - both ends of a TLS handshake judge by the machine's own clock
    if not _still_valid(files, now):
        directory.mkdir(parents=True, exist_ok=True)
        _write(files, now)
    return files


def trust(authority: Path) -> None:
    """
    Let every aiohttp client of this process trust an authority too, those inside the Azure SDKs among them.

    Another process is told by SSL_CERT_FILE. Here that comes too late: aiohttp makes its one TLS context at import, and
    the SDKs take no other.
    """
    connector._SSL_CONTEXT_VERIFIED.load_verify_locations(authority)  # noqa: SLF001 - nothing public reaches it


def _still_valid(files: Certificates, now: datetime) -> bool:
    try:
        authority = x509.load_pem_x509_certificate(files.ca.read_bytes())
        server = x509.load_pem_x509_certificate(files.server.read_bytes())
        server.verify_directly_issued_by(authority)
        key = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return False
    return key.public_key() == server.public_key() and server.not_valid_after_utc - now > SPARE


def _write(files: Certificates, now: datetime) -> None:
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _authority(authority_key, now)
    server = _server(server_key, authority, authority_key, now)
    files.ca.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    files.server.write_bytes(server.public_bytes(serialization.Encoding.PEM))
    files.key.touch(mode=0o600)
    files.key.chmod(0o600)
    files.key.write_bytes(
        server_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _authority(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = _name("Hubwarden local authority")
    return (
        _builder(name, name, key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def _server(
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    names = [x509.IPAddress(IPv4Address("127.0.0.1")), x509.DNSName("localhost")]
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _builder(_name("localhost"), authority.subject, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(issuer_key, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SPARE)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
