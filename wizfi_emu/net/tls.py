"""TLS of the module's secure sockets, and the certificate that a module makes for itself.

What the module does with certificates: a client verifies the server only when a root CA is loaded, and then only the
chain, not the name. A server shows the stored certificate and asks for none.
"""

import os
import ssl

import trio

from wizfi_emu.module.effects import TlsIdentity
from wizfi_emu.module.events import Failure
from wizfi_emu.net._host import OpenError, logger
from wizfi_emu.net._stream import TcpStream
from wizfi_emu.net.addresses import Endpoint

# Certificates for small devices often have keys and signatures that OpenSSL refuses above level 0 (RSA 1024, SHA-1).
_CIPHERS = "DEFAULT:@SECLEVEL=0"
_VALID_YEARS = 20
_COMMON_NAME_LIMIT = 64  # RFC 5280, upper bound of the attribute


async def secure(
    tcp: TcpStream, identity: TlsIdentity, peer: Endpoint, *, server: bool, limit_s: float
) -> trio.SSLStream[TcpStream]:
    """Do the handshake on a connection and give the stream inside it. Raises OpenError: HANDSHAKE or TIMEOUT."""
    role = "client" if server else "server"
    try:
        context = server_context(identity) if server else client_context(identity)
    except (OSError, ValueError) as error:
        # The reason alone: it names the kind of defect and never shows what is in the key.
        logger.warning("the stored certificate or key cannot be used: %s", _reason(error))
        raise OpenError(Failure.HANDSHAKE) from None
    stream = trio.SSLStream(tcp, context, server_side=server)
    try:
        with trio.fail_after(limit_s):
            await stream.do_handshake()
    except trio.TooSlowError:
        logger.warning("TLS handshake with the %s at %s:%d took too long", role, *peer)
        raise OpenError(Failure.TIMEOUT) from None
    except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
        logger.warning("TLS handshake with the %s at %s:%d failed: %s", role, *peer, _reason(error.__cause__))
        raise OpenError(Failure.HANDSHAKE) from None
    return stream


def client_context(identity: TlsIdentity) -> ssl.SSLContext:
    """Give the settings of a client. Raises OSError (ssl.SSLError) or ValueError for a defect certificate or key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers(_CIPHERS)
    context.check_hostname = False
    if identity.root_ca:
        context.load_verify_locations(cadata=identity.root_ca.decode("ascii"))
    else:
        context.verify_mode = ssl.CERT_NONE
    if identity.certificate or identity.private_key:
        _load_identity(context, identity)
    return context


def server_context(identity: TlsIdentity) -> ssl.SSLContext:
    """Give the settings of a server. Raises as ``client_context``, also when there is no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(_CIPHERS)
    # A ticket that the client has not read when it closes would turn its close into a reset.
    context.num_tickets = 0
    _load_identity(context, identity)
    return context


def _load_identity(context: ssl.SSLContext, identity: TlsIdentity) -> None:
    # ssl reads these from files only. A file in memory without a name vanishes with its descriptor.
    descriptor = os.memfd_create("identity", os.MFD_CLOEXEC)
    with open(descriptor, "wb") as file:
        file.write(identity.certificate + b"\n" + identity.private_key)
        file.flush()
        # Without a password ssl would ask for one on the terminal.
        context.load_cert_chain(f"/proc/self/fd/{descriptor}", password="")


def make_identity(common_name: str) -> tuple[bytes, bytes]:
    """Make a key (EC P-256) and a certificate that it signs itself; give certificate and key as PEM.

    Takes some milliseconds of work and the import of cryptography: call it in a worker thread.
    """
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    text = common_name[:_COMMON_NAME_LIMIT] or "WizFi250"
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A peer's clock may be behind.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _VALID_YEARS))
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ),
    )


def _reason(error: BaseException | None) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        return (error.reason or "not valid").lower().replace("_", " ")
    return "not valid" if isinstance(error, ValueError) else "the connection broke"
