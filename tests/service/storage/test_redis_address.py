"""What a URL of a Redis store says."""

import pytest

from service.errors import ConfigurationError
from service.storage import embedded_path, is_on_this_machine
from service.storage.redis.address import Address, Layout


def address(url):
    return Address.from_url(*url.split("://"))


def test_one_server_with_everything():
    assert address("redis://ada:a%40b@db.example.org:7000/3?prefix=site-a&min_replicas=1&timeout=2.5") == Address(
        layout=Layout.SINGLE,
        nodes=(("db.example.org", 7000),),
        database=3,
        username="ada",
        password="a@b",
        prefix="site-a",
        min_replicas=1,
        answer_seconds=2.5,
    )


def test_the_short_form_of_one_server():
    assert address("redis://[::1]") == Address(Layout.SINGLE, (("::1", 6379),))


def test_sentinels_and_the_name_they_know_the_primary_by():
    found = address("rediss+sentinel://:pw@a,b:26380/main/2?sentinel_password=spw&ca_file=/etc/ca.pem")

    assert (found.layout, found.nodes) == (Layout.SENTINEL, (("a", 26379), ("b", 26380)))
    assert (found.service, found.database, found.min_replicas) == ("main", 2, 1)
    assert (found.password, found.sentinel_password, found.is_tls, found.ca_file) == ("pw", "spw", True, "/etc/ca.pem")


def test_nodes_of_a_cluster_and_one_replica_unless_told_otherwise():
    assert address("redis+cluster://a:1,b:2") == Address(Layout.CLUSTER, (("a", 1), ("b", 2)), min_replicas=1)
    assert address("redis+cluster://a?min_replicas=0").min_replicas == 0


@pytest.mark.parametrize(
    "url",
    [
        "redis://",
        "redis:///0",
        "redis://a,b",
        "redis://a:x",
        "redis://a:0",
        "redis://a:70000",
        "redis://a b",
        "redis://:hunter2@a b",
        "redis://a/zero",
        "redis://a/0/1",
        "redis+sentinel://a",
        "redis+sentinel://a/",
        "redis+sentinel://a/main/x",
        "redis+cluster://a,,b",
        "redis+cluster://a/1",
        "redis://:hunter2@a?colour=red",
        "redis://a?prefix=",
        "redis://a?prefix={b}",
        "redis://a?min_replicas=-1",
        "redis://a?min_replicas=many",
        "redis://a?timeout=0",
        "redis://a?timeout=1e9",
    ],
)
def test_what_cannot_be_is_refused_and_never_quoted(url):
    with pytest.raises(ConfigurationError, match="ALONGSIDE_STORE") as caught:
        embedded_path(url)

    assert "hunter2" not in str(caught.value)


def test_a_password_never_shows():
    assert "hunter" not in repr(address("redis+sentinel://:hunter2@a/main?sentinel_password=hunter3"))


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("sqlite:///a.sqlite3", True),
        ("redis://127.0.0.1:7000/1", True),
        ("redis+cluster://localhost:1,[::1]:2", True),
        ("redis+cluster://localhost:1,db.example.org:2", False),
        ("rediss://db.example.org", False),
    ],
)
def test_a_store_on_this_machine_is_told_from_others(url, is_here):
    assert is_on_this_machine(url) is is_here
