"""What webhooks may call: public servers over TLS, and nothing inside anybody's network unless it is allowed."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import InvalidInput
from service.webhooks.reach import MOST_CHARACTERS, Reach, Target, target_of

PUBLIC = Reach()
WITH_HTTP = Reach(allows_http=True)
INSIDE = Reach(networks=(ip_network("10.1.0.0/16"), ip_network("fd00:1::/64")))


@pytest.mark.parametrize(
    ("url", "target", "authority"),
    [
        ("https://example.org", Target(True, "example.org", 443, "/"), "example.org"),
        ("https://Example.ORG./a/b?c=d&e", Target(True, "example.org", 443, "/a/b?c=d&e"), "example.org"),
        ("HTTPS://example.org:8443/x", Target(True, "example.org", 8443, "/x"), "example.org:8443"),
        ("https://xn--bcher-kva.example/", Target(True, "xn--bcher-kva.example", 443, "/"), "xn--bcher-kva.example"),
        ("https://93.184.216.34/", Target(True, "93.184.216.34", 443, "/"), "93.184.216.34"),
        ("https://[2606:2800::1]/", Target(True, "2606:2800::1", 443, "/"), "[2606:2800::1]"),
        ("https://example.org:443/%F0%9F%8C%B1", Target(True, "example.org", 443, "/%F0%9F%8C%B1"), "example.org"),
    ],
)
def test_a_url_of_a_public_server_leads_somewhere(url, target, authority):
    assert target_of(url, PUBLIC) == target
    assert target.authority == authority


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "//example.org/",
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://user@example.org/",
        "https://user:secret@example.org/",
        "https://example.org@10.0.0.1/",
        "https://example.org/#fragment",
        "https://example.org/#",
        "https://example.org:22/",
        "https://example.org:80/",
        "https://example.org:0/",
        "https://example.org:65536/",
        "https://example.org:x/",
        "https://exam ple.org/",
        "https://example.org/\r\nX-Evil: 1",
        "https://example.org\t/",
        "https:\\\\example.org\\",
        "https://example.org\\@10.0.0.1/",
        "https://bücher.example/",
        "https://-example.org/",
        "https://example..org/",
        "https://" + "a" * 64 + ".org/",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://017700000001/",
        "https://example.0x1/",
        "https://1.2.3.4.5/",
        "https://localhost:6379/",
        "https://example.org/" + "a" * MOST_CHARACTERS,
    ],
)
def test_a_url_that_is_never_called_is_refused_by_what_is_allowed(url):
    with pytest.raises(InvalidInput) as refused:
        target_of(url, PUBLIC)

    (problem,) = refused.value.problems
    assert (refused.value.code, problem.field) == ("webhook_url", "url")
    assert problem.message.startswith("must ")
    assert not url or url not in str(refused.value)


CLOSED = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",  # a cloud's metadata
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",  # most clouds' metadata
    "168.63.129.16",  # a cloud's own services
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",  # a cloud's metadata
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:a9fe:a9fe::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",  # a cloud's metadata
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "not an address",
    "",
]


@pytest.mark.parametrize("address", CLOSED)
def test_an_address_inside_a_network_is_never_called(address):
    assert not PUBLIC.allows(address, 443)
    assert not WITH_HTTP.allows(address, 80)


@pytest.mark.parametrize("address", [each for each in CLOSED if ":" in each and "%" not in each])
def test_a_url_with_such_an_address_is_refused_at_once(address):
    with pytest.raises(InvalidInput):
        target_of(f"https://[{address}]/", PUBLIC)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:2800::1", "64:ff9b::808:808"]
)
def test_a_public_address_is_called_on_the_usual_ports_alone(address):
    assert PUBLIC.allows(address, 443)
    assert PUBLIC.allows(address, 8443)
    assert not PUBLIC.allows(address, 80)
    assert WITH_HTTP.allows(address, 8080)
    assert not WITH_HTTP.allows(address, 22)


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_in_ipv6_clothes_is_what_it_is(number):
    plain = str(IPv4Address(number))

    mapped = [f"::ffff:{plain}", f"64:ff9b::{plain}"]

    assert [PUBLIC.allows(address, 443) for address in mapped] == [PUBLIC.allows(plain, 443)] * 2


@given(st.integers(0, 2**32 - 1))
def test_whatever_is_allowed_is_public_by_the_standard_library_too(number):
    address = IPv4Address(number)

    if PUBLIC.allows(str(address), 443):
        assert address.is_global
        assert not address.is_multicast


@given(st.integers(0, 2**128 - 1))
def test_of_ipv6_too(number):
    address = IPv6Address(number)

    if PUBLIC.allows(str(address), 443) and address.ipv4_mapped is None and address not in ip_network("64:ff9b::/96"):
        assert address.is_global
        assert not address.is_multicast


def test_a_network_that_is_allowed_is_called_on_any_port_and_no_other_network_is():
    assert INSIDE.allows("10.1.2.3", 5000)
    assert INSIDE.allows("::ffff:10.1.2.3", 5000)
    assert INSIDE.allows("fd00:1::7", 443)
    assert not INSIDE.allows("10.2.0.1", 443)
    assert not INSIDE.allows("fd00:2::1", 443)
    assert not INSIDE.allows("127.0.0.1", 443)
    assert not INSIDE.allows("93.184.216.34", 5000)
    assert target_of("https://inside.example:5000/", INSIDE).port == 5000


def test_http_is_for_those_who_allow_it():
    assert target_of("http://example.org/", WITH_HTTP) == Target(False, "example.org", 80, "/")
    assert target_of("https://example.org/", WITH_HTTP).is_secure


@given(st.text(max_size=40))
def test_whatever_is_given_is_a_target_or_refused(text):
    with suppress(InvalidInput):
        assert target_of("https://" + text, PUBLIC).is_secure
