"""Injected Pods as clients reach them."""

import asyncio

from tests.adapter.client import Client
from tests.adapter.contained.pods import Served as Reached
from tests.adapter.injected.images import Served
from tests.adapter.injected.manifests import LABELS
from tests.adapter.peers import Message, Modern, Refused, Streamable, call, request
from tests.cluster.facade import Cluster, Object

SELECTOR = ",".join(f"{name}={value}" for name, value in LABELS.items())


def pods(cluster: Cluster) -> list[Object]:
    """Return the Pods of a test."""
    return cluster.find("pods", SELECTOR)


def rolled_out(cluster: Cluster, name: str = "served") -> Reached:
    """Return a Pod of a Deployment that is rolled out."""
    cluster.wait_rollout(name)
    (pod,) = [one for one in pods(cluster) if "deletionTimestamp" not in one["metadata"]]
    return Reached(cluster, pod["status"]["podIP"])


def answers_in_both_eras(pod: Reached, served: Served) -> None:
    """Check that a client of each era lists the tools, and that one of them does its work."""
    client = pod.begun()
    check(client, served)
    asyncio.run(_modern(pod, served))
    assert client.delete() == 200


def check(client: Client, served: Served) -> None:
    """Check that a session lists and calls tools."""
    tools = client.request("tools/list").json["result"]["tools"]
    assert served.tool in [tool["name"] for tool in tools]
    assert served.answer in client.call(served.tool, **served.arguments).text


def modern_call(pod: Reached, tool: str, **arguments: object) -> str:
    """Return what a client without a session hears of a tool, good or bad."""
    return asyncio.run(_heard(pod, call(tool, **arguments)))


async def _heard(pod: Reached, message: Message) -> str:
    client = Modern(pod.port, pod.host)
    try:
        return (await client.ask(message)).decode()
    except Refused as refused:
        return refused.heard.body.decode()
    finally:
        await client.leave()


async def _modern(pod: Reached, served: Served) -> None:
    client: Streamable = Modern(pod.port, pod.host)
    tools = await client.ask(request("tools/list", {}))
    assert f'"name":"{served.tool}"' in tools.decode().replace('": "', '":"')
    params = {"name": served.tool, "arguments": served.arguments}
    answer = await client.ask(request("tools/call", params))
    assert served.answer.replace('"', '\\"') in answer.decode()
    await client.close()
