"""A token server for docker-registry, with a key and certificate of its own.

https://distribution.github.io/distribution/spec/auth/jwt/
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from servers.docker_registry import basic
from servers.front import Call, Forward, Front, Reply

SERVICE, ISSUER = "test-registry", "test-issuer"


class TokenServer:
    """Gives tokens to pull `open/...` to anybody, and all else to the one login.

    front.calls are the requests it had. lifetime_seconds is what a token is good for.
    """

    def __init__(self, folder: Path, login: tuple[str, str]) -> None:
        self.login = login
        self.lifetime_seconds = 300
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._certificate = _certificate(self._key)
        self._bundle = folder / "root.pem"
        self._bundle.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))
        self.front = Front(answer=self._answer)

    def registry_auth(self) -> dict[str, object]:
        """Give the registry's `auth` configuration that trusts this server."""
        return {
            "token": {
                "realm": f"{self.front.url}/token",
                "service": SERVICE,
                "issuer": ISSUER,
                "rootcertbundle": str(self._bundle),
            }
        }

    def token(self, scope: str) -> str:
        """Give a signed token for a scope such as `repository:open/image:pull,push`."""
        kind, name, actions = scope.split(":")
        now = int(time.time())
        certificate = self._certificate.public_bytes(serialization.Encoding.DER)
        header = {
            "typ": "JWT",
            "alg": "RS256",
            "x5c": [base64.b64encode(certificate).decode()],
        }
        claims = {
            "iss": ISSUER,
            "sub": "",
            "aud": SERVICE,
            "iat": now,
            "nbf": now - 10,
            "exp": now + self.lifetime_seconds,
            "jti": secrets.token_hex(8),
            "access": [{"type": kind, "name": name, "actions": actions.split(",")}],
        }
        signed = f"{_encode(header)}.{_encode(claims)}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_unpadded(signature)}"

    def _answer(self, call: Call, forward: Forward) -> Reply:
        query = parse_qs(urlsplit(call.path).query)
        scope = query["scope"][0]
        known = call.headers.get("authorization") == basic(self.login)
        if query["service"] != [SERVICE] or not (known or ":open/" in scope):
            return Reply(401, b'{"errors": [{"code": "UNAUTHORIZED"}]}')
        body = {"token": self.token(scope), "expires_in": self.lifetime_seconds}
        return Reply(200, json.dumps(body).encode(), {"Content-Type": "application/json"})


@contextmanager
def token_server(folder: Path, login: tuple[str, str]) -> Iterator[TokenServer]:
    server = TokenServer(folder, login)
    with server.front:
        yield server


def _certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ISSUER)])
    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def _encode(content: dict[str, object]) -> str:
    return _unpadded(json.dumps(content).encode())


def _unpadded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
