"""A conversation inside TLS, without input and output of its own, and what the server's certificate says."""

from __future__ import annotations

import os
import ssl
from datetime import datetime
from functools import lru_cache

from trueup.evidence.collectors.http import Exchange
from trueup.evidence.redact import clean
from trueup.evidence.transports.base import Trouble
from trueup.vocabulary import Tls

_NAMES = 20
_CHUNK = 64 * 1024


class Secured:
    """An exchange over TLS. With `verify` it ends at a certificate that the observer does not trust (`untrusted`).

    Only who issued the certificate is verified, not its name: services are asked at addresses. Without `verify`
    nothing secret may be sent.
    """

    def __init__(self, exchange: Exchange, *, verify: bool) -> None:
        self.exchange = exchange
        self.address = exchange.address
        self.port = exchange.port
        self.seconds = exchange.seconds
        self.untrusted = False
        self._verify = verify
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = _context(verify).wrap_bio(self._incoming, self._outgoing)
        self._trouble: Trouble | None = None
        self._shaken = False
        self._closed = False

    @property
    def done(self) -> bool:
        """Tell whether nothing more has to be sent or received."""
        return self.exchange.done or self._closed or self._trouble is not None

    def opened(self) -> bytes:
        """Return the first message of the handshake."""
        return self._advance()

    def received(self, data: bytes) -> bytes:
        """Take what the server sent; return what has to go back."""
        self._incoming.write(data)
        return self._advance()

    def ended(self, trouble: Trouble | None) -> None:
        """Hand the end on; a connection that closed within the handshake broke."""
        if not self._shaken and trouble is None:
            trouble = Trouble("broken", "the TLS handshake broke off")
        self.exchange.ended(self._trouble or trouble)

    def _advance(self) -> bytes:
        try:
            if not self._shaken:
                self._tls.do_handshake()
                self._shaken = True
                self.exchange.tls = _shown(self._tls, trusted=self._verify)
                self._tls.write(self.exchange.opened())
            while not self.done:
                if data := self._tls.read(_CHUNK):
                    self.exchange.received(data)
                else:
                    self._closed = True  # some servers say so and keep the connection
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLCertVerificationError as error:
            self.untrusted = True
            self._trouble = Trouble("broken", f"the certificate is not trusted: {error.verify_message}")
        except ssl.SSLError as error:
            self._trouble = Trouble("broken", f"TLS failed: {error.reason or 'unknown'}".lower())
        return self._outgoing.read()


def _context(verify: bool) -> ssl.SSLContext:
    # The variables of OpenSSL say which issuers the observer trusts; reading those takes longer than a handshake.
    return _context_for(verify, tuple(os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")))


@lru_cache(maxsize=4)
def _context_for(verify: bool, _: tuple[str | None, ...]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    return context


def _shown(tls: ssl.SSLObject, *, trusted: bool) -> Tls:
    der = tls.getpeercert(binary_form=True)
    names, end = _certificate(der) if der else ((), None)
    return Tls(version=tls.version() or "unknown", names=names, expires_at=end, trusted=trusted)


def _certificate(der: bytes) -> tuple[tuple[str, ...], datetime | None]:
    """Return the names in a certificate and when it ends; what cannot be read of it is left out."""
    from cryptography import x509

    try:
        certificate = x509.load_der_x509_certificate(der)
        end = certificate.not_valid_after_utc
    except (ValueError, OverflowError):
        return (), None
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return (), end
    found = [str(name.value) for name in names if isinstance(name, x509.DNSName | x509.IPAddress)]
    return tuple(clean(name, 255) for name in found[:_NAMES]), end
