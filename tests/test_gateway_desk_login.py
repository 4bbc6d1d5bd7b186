"""Who gets in at the desk: accounts, cookies, other sites, guesses, and what ends a log-in."""

import asyncio
import time
from datetime import datetime, timedelta, timezone

import pytest
from desk_world import PASSWORD, Agent, agent, staffed

from bot.desk import passwords
from bot.desk.accounts import AccountError, check_name
from bot.gateway.desk.accounts import LoginRefused
from bot.gateway.desk.parts import PER_ACCOUNT, PER_ACCOUNT_EVERYWHERE, LoginLimits
from bot.gateway.limits import RateLimited
from bot.gateway.transcript import now


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    return await staffed(aiohttp_client, aiohttp_server, tmp_path)


async def code(response):
    return response.status, (await response.json())["error"]["code"]


async def test_a_cookie_that_scripts_and_other_sites_cannot_use(world):
    response = await Agent(world.client).log_in("maren")
    assert await response.json() == {"name": "Maren", "role": "admin"}
    cookie = response.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/desk", "Max-Age=43200"):
        assert part in cookie
    assert "Secure" not in cookie
    assert PASSWORD not in await response.text()


async def test_behind_tls_the_cookie_is_for_tls_alone(world):
    headers = {"Origin": f"https://{world.client.host}:{world.client.port}", "X-Frontdesk-Desk": "1"}
    body = {"name": "Tom", "password": PASSWORD}
    response = await world.client.post("/desk/api/login", json=body, headers=headers)
    assert "Secure" in response.headers["Set-Cookie"]


@pytest.mark.parametrize(
    ("name", "password"), [("Maren", "another password"), ("Nobody", PASSWORD), ("", ""), ("Tom", "x" * 9999)]
)
async def test_what_was_wrong_is_not_said(world, name, password):
    response = await Agent(world.client).log_in(name, password)
    assert await code(response) == (401, "login_refused")
    assert "Set-Cookie" not in response.headers


async def test_an_unknown_name_costs_as_much_as_a_wrong_password(world):
    """Hashing takes its time for both; without it an unknown name is answered a hundred times faster."""
    accounts = world.parts.desk.accounts

    async def seconds(name):
        best = 9.0
        for _ in range(4):
            began = time.perf_counter()
            with pytest.raises(Exception, match="do not belong together"):
                await accounts.log_in(name, "a wrong password")
            best = min(best, time.perf_counter() - began)
        return best

    await seconds("Nobody")
    assert await seconds("Nobody") > 0.3 * await seconds("Maren")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example", "X-Frontdesk-Desk": "1"},
        {"Origin": "null", "X-Frontdesk-Desk": "1"},
        {"X-Frontdesk-Desk": "1"},
    ],
)
@pytest.mark.parametrize(
    "path", ["login", "logout", "handoffs/x/take", "handoffs/x/messages", "handoffs/x/close", "canned"]
)
async def test_other_sites_change_nothing(world, headers, path):
    maren = await agent(world, "Maren")
    response = await world.client.post(f"/desk/api/{path}", json={}, headers={**headers, "Cookie": maren.cookie})
    assert await code(response) == (403, "origin_refused")
    assert (await maren.get("me"))["name"] == "Maren", "still logged in"


async def test_a_form_of_our_own_origin_is_not_enough(world):
    headers = {name: value for name, value in Agent(world.client).headers.items() if name != "X-Frontdesk-Desk"}
    response = await world.client.post("/desk/api/login", json={"name": "Tom", "password": PASSWORD}, headers=headers)
    assert response.status == 403


@pytest.mark.parametrize("path", ["me", "inbox", "handoffs/x", "search?q=tent", "canned", "stream"])
@pytest.mark.parametrize("cookie", ["", "frontdesk_desk=forged", "frontdesk_desk="])
async def test_without_a_log_in_nothing_is_shown(world, path, cookie):
    response = await world.client.get(f"/desk/api/{path}", headers={"Cookie": cookie})
    assert await code(response) == (401, "login_needed")


async def test_logging_out_ends_it_on_the_server(world):
    maren = await agent(world, "Maren")
    await maren.done("logout")
    assert (await world.client.get("/desk/api/me", headers={"Cookie": maren.cookie})).status == 401


@pytest.mark.parametrize("ending", ["removed", "new password", "expired"])
async def test_what_ends_a_log_in(world, ending):
    tom, accounts = await agent(world, "Tom"), world.parts.desk.accounts
    assert (await tom.get("me"))["role"] == "agent"
    if ending == "removed":
        await accounts.remove("TOM")
    elif ending == "new password":
        await accounts.set_password("Tom", "another password")
    else:
        past = (datetime.now(timezone.utc) - timedelta(seconds=1)).isoformat(timespec="milliseconds")
        assert past < now()
        database = world.parts.ledger._database
        await database.write(lambda c: c.execute("UPDATE logins SET expires_at = ?", (past,)))
    assert (await world.client.get("/desk/api/me", headers={"Cookie": tom.cookie})).status == 401


async def test_a_role_counts_from_the_next_call_on(world):
    tom = await agent(world, "Tom")
    assert await code(await tom.post("canned", title="Hi", text="Hello")) == (403, "role_missing")
    await world.parts.desk.accounts.set_role("tom", "admin")
    assert (await tom.post("canned", title="Hi", text="Hello")).status == 201


async def test_guessing_is_slowed_down_by_account(world):
    guesser = Agent(world.client)
    seen = [(await guesser.log_in("Maren", "wrong password")).status for _ in range(7)]
    assert seen == [401] * 6 + [429]
    response = await guesser.log_in("MAREN")
    assert response.status == 429, "not even the right one is looked at"
    assert int(response.headers["Retry-After"]) >= 1
    assert (await guesser.log_in("Tom")).status == 200, "a colleague is not locked out"


def test_who_guesses_from_elsewhere_does_not_keep_the_owner_out():
    limits = LoginLimits()
    for _ in range(PER_ACCOUNT):
        limits.attempt("203.0.113.9", "maren")
    with pytest.raises(RateLimited, match="from this address"):
        limits.attempt("203.0.113.9", "maren")
    limits.attempt("198.51.100.1", "maren")


def test_guessing_from_many_addresses_is_slowed_down_too():
    limits = LoginLimits()
    for number in range(PER_ACCOUNT_EVERYWHERE):
        limits.attempt(f"203.0.113.{number}", "maren")
    with pytest.raises(RateLimited, match="of this account:"):
        limits.attempt("198.51.100.1", "maren")


async def test_a_password_that_is_replaced_while_it_is_checked_opens_nothing(world, monkeypatch):
    accounts, matches = world.parts.desk.accounts, passwords.matches
    loop = asyncio.get_running_loop()

    def replaced_meanwhile(stored, password):
        right = matches(stored, password)
        asyncio.run_coroutine_threadsafe(accounts.set_password("Maren", "another password"), loop).result(20)
        return right

    monkeypatch.setattr(passwords, "matches", replaced_meanwhile)
    with pytest.raises(LoginRefused):
        await accounts.log_in("Maren", PASSWORD)


async def test_guessing_is_slowed_down_by_address(world, monkeypatch):
    monkeypatch.setattr("bot.desk.passwords.matches", lambda stored, password: False)
    guesser = Agent(world.client)
    seen = [(await guesser.log_in(f"name {number}", "wrong")).status for number in range(31)]
    assert seen == [401] * 30 + [429]


async def test_neither_password_nor_token_is_in_the_file(world, tmp_path):
    maren = await agent(world, "Maren")
    held = b"".join(path.read_bytes() for path in tmp_path.glob("conversations.db*"))
    assert b"$argon2id$" in held
    assert PASSWORD.encode() not in held
    assert maren.cookie.partition("=")[2].encode() not in held


@pytest.mark.parametrize("name", ["", " ", "<b>", "a" * 41, "new\u202ename", "-"])
def test_names_that_customers_should_not_read(name):
    with pytest.raises(AccountError):
        check_name(name)


@pytest.mark.parametrize("name", ["Maren", "Maren  Ó'Brien-Li", "李雷", "J. R."])
def test_names_of_people(name):
    assert check_name(name) == " ".join(name.split())


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [("maren", PASSWORD, "already"), ("New", "short", "5 characters"), ("New", "x" * 257, "257 characters")],
)
async def test_accounts_that_cannot_be_made(world, name, password, said):
    with pytest.raises(AccountError, match=said):
        await world.parts.desk.accounts.add(name, password, "agent")


async def test_the_page_may_run_its_own_scripts_and_makes_no_markup(world):
    response = await world.client.get("/desk")
    policy = response.headers["Content-Security-Policy"]
    assert response.status == 200
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert response.headers["X-Frame-Options"] == "DENY"
