"""The examples in docs/api.md run as they stand, against the real gateway, and its figures are the code's."""

import asyncio
import hashlib
import os
import re
import shutil
import sys

import pytest
from conftest import ROOT, need
from gateway_world import start
from test_bot_client import address

from bot.channels.web import MAX_DEPTH
from bot.client import Client
from bot.gateway import guards, ledger, limits, stream
from bot.gateway.desk import parts as desk_parts
from bot.gateway.identities import sign
from bot.settings import GatewaySettings

PAGE = (ROOT / "docs" / "api.md").read_text()


def blocks(kind):
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    world = await start(aiohttp_client, aiohttp_server, tmp_path)
    world.worker.scripts["I want to talk to a person"] = "person"
    return world


async def run(world, *command):
    environment = {**os.environ, "URL": address(world), "FRONTDESK_API_KEY": "team-key", "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, (output + errors).decode()
    return output.decode()


async def test_the_curl_examples(world):
    need(shutil.which("curl") is not None, "curl (apt-get install curl)")
    assert len(blocks("sh")) >= 8
    output = await run(world, "bash", "-euo", "pipefail", "-c", "\n".join(blocks("sh")))
    for said in ("You said How long does delivery take?", '"value": "up"', '"status": "ok"', "Maren", '"hits"'):
        assert said in output
    assert [turn["text"] for turn in world.worker.heard].count("How long does delivery take?") == 1


async def test_the_python_example(world):
    example = next(block for block in blocks("python") if "Client(" in block)
    output = await run(world, sys.executable, "-c", example)
    assert output.splitlines()[0] == "You said How long does delivery take? bot"
    assert "customer How long does delivery take?\nbot You said" in output
    assert output.splitlines()[-1] == "empty_message"


def test_the_signing_example():
    example = next(block for block in blocks("python") if "hmac.new" in block)
    names = {"SECRET": "shared with the shop"}
    exec(example, names)  # noqa: S102 - the example of our own page
    assert names["signed"]["signature"] == sign("shared with the shop", names["fields"])
    assert len(names["signature"]) == 2 * hashlib.sha256().digest_size


def test_the_figures_of_the_tables_are_those_of_the_code():
    settings = GatewaySettings()
    per_address = settings.messages_per_minute * limits.ADDRESS_FACTOR
    figures = {
        f"`gateway.messages_per_minute` = {settings.messages_per_minute}",
        f"`gateway.sessions_per_minute` = {settings.sessions_per_minute}",
        f"`gateway.streams_per_address` = {settings.streams_per_address}, {stream.MAX_STREAMS} of one session",
        f"`messages_per_minute` = {settings.messages_per_minute * limits.READ_FACTOR}",
        f"| {per_address} a minute each |",
        f"{per_address * limits.READ_FACTOR} a minute | address",
        f"{desk_parts.PER_ADDRESS} a minute; {desk_parts.PER_ACCOUNT} a minute",
        f"| {ledger.MAX_PENDING} | conversation |",
        f"`gateway.max_body_bytes` = {settings.max_body_bytes // 1024} KiB",
        f"`gateway.max_text_characters` = {settings.max_text_characters:,}",
        f"| {MAX_DEPTH} lists and objects",
        f"| {guards.BODY_SECONDS:.0f} s | 408 |",
        f"| {stream.MAX_FRAME_BYTES // 1024} KiB | closed with 1009 |",
    }
    assert {figure for figure in figures if figure not in PAGE} == set()
    client = Client("http://127.0.0.1")
    assert f"for {client._outage:.0f} s" in PAGE and f"up to {client._patience:.0f} s" in PAGE
