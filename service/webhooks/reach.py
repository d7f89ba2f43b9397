"""Which addresses webhooks may call: nothing inside anybody's network, unless the one who runs the service says so.

A platform names a URL, and this service calls it from where it stands: behind firewalls, beside metadata services. So
a URL is checked when it is given, and every address its name has at the moment of calling (`sending.py` connects to an
address that was checked, not to the name). Pure: names are looked up elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from service.errors import FieldProblem, InvalidInput

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

MOST_CHARACTERS: Final = 2000
SECURE_PORTS: Final = frozenset((443, 8443))
OPEN_PORTS: Final = frozenset((80, 8080))

_CLOSED: Final = tuple(
    ip_network(text)
    for text in (
        # IANA's special-purpose registry, as far as nothing in it is somebody's public server; multicast; reserved.
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        # A cloud's own services under an address that looks public.
        "168.63.129.16/32",
        # Of IPv6 only global unicast is open at all; of that not: protocol assignments, documentation, 6to4.
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
_GLOBAL_IPV6: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""Addresses that lead to the IPv4 address in their last four bytes."""

_PRINTABLE = re.compile(r"[!-~]+")
_UNSAFE = re.compile(r"[\\\"<>^`{|}]")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")


@dataclass(frozen=True, slots=True)
class Reach:
    """What the one who runs the service allows beyond public addresses over TLS.

    Attributes
    ----------
    allows_http : whether receivers may be called without TLS.
    networks : addresses that may be called though they are not public, and on any port.
    """

    allows_http: bool = False
    networks: tuple[Network, ...] = ()

    @property
    def ports(self) -> frozenset[int]:
        """Ports that may be called on public addresses."""
        return SECURE_PORTS | OPEN_PORTS if self.allows_http else SECURE_PORTS

    def allows(self, address: str, port: int) -> bool:
        """Whether this address, as the system writes it, may be called on this port."""
        try:
            # A zone is for link-local addresses, which are closed unless a network names them.
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if any(_is_in(found, network) for network in self.networks):
            return True
        return port in self.ports and _is_public(found)


PUBLIC_ONLY: Final = Reach()


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads; `host` is a name or an address, `path` what is asked for, with its query."""

    is_secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Give the value of the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_secure else 80) else f"{host}:{self.port}"


def target_of(url: str, reach: Reach) -> Target:
    """Take a URL apart; InvalidInput (``webhook_url``), saying what is allowed, for one that is never called."""
    parts = _parts(url)
    schemes = ("https", "http") if reach.allows_http else ("https",)
    if parts.scheme not in schemes:
        raise _refused(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    if "@" in parts.netloc:
        raise _refused("must not hold a user name or password: the signature says who calls")
    if parts.fragment or url.endswith("#"):
        raise _refused("must not hold a # and what follows it: it is never sent")
    is_secure = parts.scheme == "https"
    host, port = _host(parts), _port(parts, otherwise=443 if is_secure else 80)
    if port not in reach.ports and not reach.networks:
        raise _refused(f"must use one of these ports: {', '.join(map(str, sorted(reach.ports)))}")
    if _is_address(host) and not reach.allows(host, port):
        raise _refused("must not lead to an address that is not public")
    query = f"?{parts.query}" if parts.query else ""
    return Target(is_secure, host, port, (parts.path or "/") + query)


def _parts(url: str) -> SplitResult:
    # Before anything takes it apart: parsers differ in what they do with blanks, line breaks and backslashes.
    if len(url) > MOST_CHARACTERS or not _PRINTABLE.fullmatch(url) or _UNSAFE.search(url):
        raise _refused(
            f"must be a URL of at most {MOST_CHARACTERS:,} characters, with everything but A-Z, a-z, 0-9 and the marks "
            "of URLs percent-encoded, and names in their ASCII form"
        )
    try:
        return urlsplit(url)
    except ValueError:
        raise _refused("must be a URL such as https://example.org/alongside") from None


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").removesuffix(".")
    if _is_address(host):
        return host
    # What ends in a number is an address to whoever resolves it, also as 127.1 or 0x7f000001.
    if not _NAME.fullmatch(host) or _ENDS_IN_A_NUMBER.fullmatch(host):
        raise _refused("must name a server, such as example.org")
    return host


def _port(parts: SplitResult, *, otherwise: int) -> int:
    try:
        port = otherwise if parts.port is None else parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise _refused("must use a port from 1 to 65535")
    return port


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return "%" not in host


def _is_public(address: Address) -> bool:
    inner = _inner(address)
    if isinstance(inner, IPv6Address) and inner not in _GLOBAL_IPV6:
        return False
    return not any(_is_in(inner, network) for network in _CLOSED)


def _inner(address: Address) -> Address:
    """Give the IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address


def _is_in(address: Address, network: Network) -> bool:
    inner = _inner(address)
    return address in network or inner in network


def _refused(allowed: str) -> InvalidInput:
    message = f"cannot use this URL for a webhook: it {allowed}"
    return InvalidInput(message, problems=(FieldProblem("url", allowed),), code="webhook_url")
