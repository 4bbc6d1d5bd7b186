"""The plain Rasa way: `rasa run` and `rasa run actions` from the root, and a gateway in front of such a server."""

import pytest
from plain_rasa import PlainRasa

from bot.gateway.app import create_app
from bot.settings import GatewaySettings, Secrets, Settings


@pytest.fixture(scope="module")
def rasa(frontdesk):
    peer = PlainRasa(frontdesk.var)
    try:
        peer.start()
        yield peer
    finally:
        peer.stop()


def test_a_template_and_an_action_answer_over_the_rest_channel(rasa):
    assert rasa.say("hello")[0]["text"]
    assert "order" in rasa.say("where is my parcel")[-1]["text"].lower()
    rasa.say("FH-204817")
    assert "Swiftpost" in rasa.say("anna@example.org")[0]["text"]


async def test_the_gateway_works_in_front_of_plain_rasa(rasa, aiohttp_client, tmp_path):
    settings = Settings(var=tmp_path, secrets=Secrets(inner_token="inner"), gateway=GatewaySettings(rasa_url=rasa.base))
    client = await aiohttp_client(create_app(settings))
    token = (await (await client.post("/api/v1/sessions", json={})).json())["token"]
    headers = {"Authorization": f"Bearer {token}"}
    question = {"text": "can i return boots that i have worn outside?"}
    response = await client.post("/api/v1/messages", json=question, headers=headers)
    reply = (await response.json())["replies"][0]
    assert reply["rung"] in ("ticket", "generated", "clarify")
    assert reply["sources"]
