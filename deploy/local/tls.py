"""A certificate authority of this instance, and the broker's certificate from it.

The authority lasts ten years and stays in the instance's folder; the server's
certificate is renewed at a start that finds it near its end.
"""

import ipaddress
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from core.clock import utc_now

_AUTHORITY_LASTS = timedelta(days=3650)
_SERVER_LASTS = timedelta(days=397)
_RENEW_BEFORE = timedelta(days=30)
_CLOCK_SLACK = timedelta(hours=1)


def ensure(
    *,
    authority: Path,
    authority_key: Path,
    certificate: Path,
    key: Path,
    names: tuple[str, ...] = ("localhost", "127.0.0.1", "::1"),
    now: datetime | None = None,
) -> bool:
    """Make or renew what is missing or near its end; answer whether the server's is new.

    names  host names and addresses that clients will use
    """
    instant = now or utc_now()
    renewed = not (authority.exists() and authority_key.exists())
    if renewed:
        signer = ec.generate_private_key(ec.SECP256R1())
        root = _root(signer, instant)
        _write_key(authority_key, signer)
        authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    else:
        root = x509.load_pem_x509_certificate(authority.read_bytes())
        signer = _read_key(authority_key)
    if not renewed and key.exists() and _still_good(certificate, root, names, instant):
        return False
    own = ec.generate_private_key(ec.SECP256R1())
    _write_key(key, own)
    issued = _issue(own, signer, root, names, instant)
    certificate.write_bytes(issued.public_bytes(serialization.Encoding.PEM))
    return True


def _root(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "C5 local authority")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SLACK)
        .not_valid_after(now + _AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _issue(
    own: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    root: x509.Certificate,
    names: tuple[str, ...],
    now: datetime,
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]))
        .issuer_name(root.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SLACK)
        .not_valid_after(now + _SERVER_LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_general(names)), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
        .sign(signer, hashes.SHA256())
    )


def _still_good(path: Path, root: x509.Certificate, names: tuple[str, ...], now: datetime) -> bool:
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        found.verify_directly_issued_by(root)
        covered = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except Exception:  # noqa: BLE001  whatever is wrong with it, a new one is the answer
        return False
    return list(covered) == _general(names) and found.not_valid_after_utc - _RENEW_BEFORE > now


def _general(names: tuple[str, ...]) -> list[x509.GeneralName]:
    general: list[x509.GeneralName] = []
    for name in names:
        try:
            general.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            general.append(x509.DNSName(name))
    return general


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} is not an elliptic-curve key; delete it to make a new one")
    return key
