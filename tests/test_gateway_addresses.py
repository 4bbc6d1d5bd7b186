"""Whose address counts: what proxies say is believed from those that are named, and from nobody else."""

import pytest
from aiohttp import WSServerHandshakeError
from aiohttp.test_utils import make_mocked_request
from gateway_world import start
from multidict import CIMultiDict

from bot.errors import SettingsError
from bot.gateway.addresses import Proxies

PROXY = "10.0.0.7"


class Transport:
    """A connection from one peer."""

    def __init__(self, peer):
        self.peer = peer

    def get_extra_info(self, name, default=None):
        return (self.peer, 4711) if name == "peername" else default


def request(peer, *forwarded, **headers):
    lines = [("X-Forwarded-For", one) for one in forwarded] + list(headers.items())
    return make_mocked_request("GET", "/", CIMultiDict([("Host", "inner:8080"), *lines]), transport=Transport(peer))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        # Nobody in between.
        ("203.0.113.9", [], "203.0.113.9"),
        (PROXY, [], PROXY),
        # A visitor who claims to be somebody else.
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("203.0.113.9", [PROXY], "203.0.113.9"),
        # One proxy: what it has added counts, what the visitor wrote before does not.
        (PROXY, ["203.0.113.9"], "203.0.113.9"),
        (PROXY, ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        (PROXY, ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        (PROXY, ["127.0.0.1, 198.51.100.1,203.0.113.9"], "203.0.113.9"),
        (PROXY, ["10.0.0.1, 203.0.113.9"], "203.0.113.9"),
        # Two proxies in a row.
        (PROXY, ["198.51.100.1, 203.0.113.9, 10.0.0.8"], "203.0.113.9"),
        (PROXY, ["203.0.113.9, 10.0.0.8, 10.0.0.9"], "203.0.113.9"),
        # A visitor inside the network: the left-most, there is nobody else.
        (PROXY, ["10.0.0.8"], "10.0.0.8"),
        (PROXY, ["10.1.1.1, 10.0.0.8"], "10.1.1.1"),
        # What is no address ends the list.
        (PROXY, ["203.0.113.9, unknown"], PROXY),
        (PROXY, ["203.0.113.9, "], PROXY),
        (PROXY, ["'; DROP TABLE, 10.0.0.8"], "10.0.0.8"),
        (PROXY, ["\xff\x00"], PROXY),
        # The forms that proxies write.
        (PROXY, ["203.0.113.9:51000"], "203.0.113.9"),
        (PROXY, ["[2001:db8:1:2:3::4]:51000"], "2001:db8:1:2::/64"),
        (PROXY, ["2001:db8:1:2:aaaa::1"], "2001:db8:1:2::/64"),
        (PROXY, ["fe80::1%eth0"], "fe80::/64"),
        ("::ffff:10.0.0.7", ["203.0.113.9"], "203.0.113.9"),
        ("::ffff:203.0.113.9", [], "203.0.113.9"),
        ("2001:db8:1:2::77", ["203.0.113.9"], "2001:db8:1:2::/64"),
        (None, ["203.0.113.9"], "unknown"),
    ],
)
def test_the_right_most_address_that_no_trusted_proxy_has(peer, forwarded, address):
    assert Proxies(["10.0.0.0/8"]).address(request(peer, *forwarded)) == address


def test_without_a_setting_nobody_is_believed():
    for peer in ("127.0.0.1", PROXY):
        assert Proxies([]).address(request(peer, "203.0.113.9")) == peer


def test_a_proxy_that_is_not_named_is_told_once(caplog):
    proxies = Proxies([])
    for _ in range(3):
        proxies.address(request("127.0.0.1", "203.0.113.9"))
    assert caplog.text.count("gateway.trusted_proxies") == 1
    assert "203.0.113.9" not in caplog.text


@pytest.mark.parametrize("text", ["proxy", "10.0.0.1/8", "10.0.0.0/33", "", "*"])
def test_what_is_no_network_stops_the_start(text):
    with pytest.raises(SettingsError, match="gateway.trusted_proxies"):
        Proxies([text])


@pytest.mark.parametrize(
    ("peer", "headers", "origin", "ours"),
    [
        ("203.0.113.9", {}, "http://inner:8080", True),
        ("203.0.113.9", {}, "https://inner:8080", True),
        ("203.0.113.9", {}, "http://evil.example", False),
        ("203.0.113.9", {"X-Forwarded-Host": "evil.example"}, "http://evil.example", False),
        (PROXY, {"X-Forwarded-Host": "bot.shop.example"}, "https://bot.shop.example", True),
        (PROXY, {"X-Forwarded-Host": "bot.shop.example"}, "https://inner:8080", False),
        (PROXY, {"X-Forwarded-Host": "evil.example, bot.shop.example"}, "https://bot.shop.example", True),
        (PROXY, {"X-Forwarded-Host": "evil.example, bot.shop.example"}, "https://evil.example", False),
        (PROXY, {"X-Forwarded-Proto": "https"}, "https://inner:8080", True),
        (PROXY, {"X-Forwarded-Proto": "https"}, "http://inner:8080", False),
        (PROXY, {"X-Forwarded-Proto": "gopher"}, "http://inner:8080", True),
        ("203.0.113.9", {"X-Forwarded-Proto": "https"}, "http://inner:8080", True),
    ],
)
def test_whose_page_it_is(peer, headers, origin, ours):
    assert Proxies(["10.0.0.0/8"]).same_origin(request(peer, **headers), origin) == ours


async def connect(world, **headers):
    socket = await world.client.ws_connect("/api/v1/stream", headers=headers)
    await socket.close()


async def test_a_spoofed_host_opens_no_stream(aiohttp_client, aiohttp_server, tmp_path):
    world = await start(aiohttp_client, aiohttp_server, tmp_path / "a")
    spoofed = {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"}
    with pytest.raises(WSServerHandshakeError, match="403"):
        await connect(world, **spoofed)
    behind = await start(aiohttp_client, aiohttp_server, tmp_path / "b", trusted_proxies=("127.0.0.0/8",))
    await connect(behind, **{"Origin": "https://bot.shop.example", "X-Forwarded-Host": "bot.shop.example"})


async def test_a_spoofed_address_buys_no_second_minute(aiohttp_client, aiohttp_server, tmp_path):
    world = await start(aiohttp_client, aiohttp_server, tmp_path, sessions_per_minute=3)
    statuses = []
    for number in range(5):
        headers = {"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"198.51.100.{number}", "Forwarded": "for=x"}
        statuses.append((await world.client.post("/api/v1/sessions", headers=headers)).status)
    assert statuses == [201, 201, 201, 429, 429]


async def test_behind_a_proxy_each_visitor_has_a_minute_and_cannot_take_another(
    aiohttp_client, aiohttp_server, tmp_path
):
    world = await start(
        aiohttp_client, aiohttp_server, tmp_path, sessions_per_minute=3, trusted_proxies=("127.0.0.0/8",)
    )
    for visitor in ("203.0.113.1", "203.0.113.2"):
        statuses = []
        for number in range(4):
            headers = {"X-Forwarded-For": f"198.51.100.{number}, {visitor}"}
            statuses.append((await world.client.post("/api/v1/sessions", headers=headers)).status)
        assert statuses == [201, 201, 201, 429]
