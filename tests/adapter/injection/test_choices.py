"""The annotations by which a user chooses: what they mean, and what is said of wrong ones."""

import json
from dataclasses import replace

import msgspec
import pytest

from adapter.choices import choice
from adapter.injection.chosen import Chosen
from adapter.injection.decision import Inject, decide
from kinds.adapter import Adapter, Limits, Sessions
from kinds.patterns import DURATION, QUANTITY
from kinds.rules.adapting import BYTES, SECONDS
from tests.adapter.injection.pods import CONFIG, HERE, choosing, denied, pod


def test_every_choice_reaches_its_part() -> None:
    made = choosing(
        pod(),
        container="server",
        command=["node", "a b", "$(TOKEN)", ""],
        port="8080",
        admin_port="9090",
        path="/servers/one",
        adapter_image="mirror.example/adapter:2",
        adapter_resources={"requests": {"cpu": "1m"}, "limits": {"cpu": None}},
        native_sidecar="false",
        on_conflict="warn",
        config={"sessions": {"maximum": 7}, "era": "legacy"},
    )
    decided = decide(made, HERE, CONFIG)
    assert isinstance(decided, Inject)
    assert decided.chosen == Chosen(
        container="server",
        command=("node", "a b", "$(TOKEN)", ""),
        port=8080,
        admin_port=9090,
        path="/servers/one",
        image="mirror.example/adapter:2",
        resources={"requests": {"cpu": "1m"}, "limits": {"cpu": None}},
        native=False,
        lets_broken_start=True,
        adapter=Adapter(sessions=Sessions(maximum=7), era="legacy"),
    )


def test_what_is_not_chosen_is_as_the_installation_says() -> None:
    config = replace(CONFIG, port=4000, admin_port=4001, path="/rpc")
    decided = decide(pod(), HERE, config)
    assert isinstance(decided, Inject)
    chosen = decided.chosen
    assert (chosen.port, chosen.admin_port, chosen.path) == (4000, 4001, "/rpc")
    assert chosen.native is None


NO_LIST = """must be a list of texts in JSON, such as '["python", "server.py"]'"""
PORT = 'must be a whole number from 1024 to 65535, such as "3000", not'


@pytest.mark.parametrize(
    ("annotation", "value", "sentences"),
    [
        ("command", "python server.py", [NO_LIST]),
        ("command", '{"a": 1}', [NO_LIST]),
        ("command", '["python", 3]', [NO_LIST]),
        ("command", "[" * 100_000, [NO_LIST]),
        ("command", "[]", ["must begin with a program, such as '[\"python\", …]'"]),
        ("command", '[""]', ["must begin with a program, such as '[\"python\", …]'"]),
        ("command", '["a\\u0000"]', ["must not hold a NUL, which no program can be given"]),
        ("container", "A B", ['must be the name of a container, not "A B"']),
        ("port", "http", [f'{PORT} "http"']),
        ("port", "80", [f'{PORT} "80"']),
        ("port", "65536", [f'{PORT} "65536"']),
        ("port", "٣٠٠٠", [f'{PORT} "٣٠٠٠"']),
        ("admin-port", "-1", [f'{PORT} "-1"']),
        ("admin-port", "3000", ["3000 is the port for clients"]),
        ("path", "mcp", ['must be a path such as /mcp, not "mcp"']),
        ("path", "/", ['must be a path such as /mcp, not "/"']),
        ("path", "/a b", ['must be a path such as /mcp, not "/a b"']),
        ("path", "/ws", ["the adapter serves something else at /ws: choose another"]),
        (
            "adapter-image",
            "Not An Image",
            ['write it like registry/name:tag, in lower case, not "Not An Image"'],
        ),
        ("native-sidecar", "True", ['must be "auto", "true" or "false", not "True"']),
        ("adapter-resources", "1Gi", ['is no JSON; write it like \'{"key": "value"}\'']),
        (
            "adapter-resources",
            '{"limit": {}, "requests": {"cpu": "-1", "gpu": 1}, "limits": 3}',
            [
                "limit is neither requests nor limits",
                "requests.cpu: write a quantity such as 100m or 128Mi, or null for none",
                "requests.gpu: the adapter uses only cpu, memory, ephemeral-storage",
                "limits must be a map, such as {limits: {memory: 128Mi}}",
            ],
        ),
        (
            "adapter-resources",
            '{"requests": {"memory": "1Gi"}, "limits": {"memory": "1Mi"}}',
            ["requests.memory is above limits.memory"],
        ),
        ("on-conflict", "no", ['must be "deny" or "warn", not "no"']),
        ("config", '{"sesions": {}}', ["sesions is no setting of the adapter"]),
        ("config", "[]", ['must be a map in JSON, such as \'{"key": "value"}\'']),
        ("config", "[" * 100_000, ['is no JSON; write it like \'{"key": "value"}\'']),
        (
            "config",
            '{"sesions": {}, "sessions": {"max": 1, "spares": -1}, "drainDelay": "2h"}',
            [
                "sesions is no setting of the adapter",
                "sessions.max is no setting of the adapter",
                'drainDelay: Invalid value: "2h": must be from 0s to 10m',
                "sessions.spares: Invalid value: -1: must be 0 to 100",
            ],
        ),
    ],
)
def test_a_wrong_choice_is_denied_with_the_annotation_and_the_mend(
    annotation: str, value: str, sentences: list[str]
) -> None:
    made = choosing(pod(), **{annotation: value})
    assert denied(made) == [f"annotation kmcp.dev/{annotation}: {one}" for one in sentences]


BOUNDS = [(path, bound) for path, ends in {**BYTES, **SECONDS}.items() for bound in ends]


@pytest.mark.parametrize(("path", "bound"), BOUNDS)
def test_the_adapter_starts_with_every_setting_at_its_bounds(path: str, bound: str) -> None:
    *block, name = path.split(".")
    value: object = {name: bound}
    given = json.dumps({block[0]: value} if block else value)
    choice([f"--config={given}", "--launcher-socket=/s"], {})


AMOUNTS = {*BYTES, *SECONDS}


@pytest.mark.parametrize("kind", [Adapter, Sessions, Limits])
def test_every_amount_and_duration_has_bounds(kind: type[Adapter | Sessions | Limits]) -> None:
    block = {Adapter: "", Sessions: "sessions.", Limits: "limits."}[kind]
    spelled = {
        one.encode_name
        for one in msgspec.structs.fields(kind)
        for meta in getattr(one.type, "__metadata__", ())
        if meta.pattern in (DURATION, QUANTITY)
    }
    assert spelled
    assert {f"{block}{name}" for name in spelled} <= AMOUNTS


def test_a_wrong_command_is_not_repeated() -> None:
    (said,) = denied(choosing(pod(), command="--password=secret"))
    assert "secret" not in said


def test_a_long_word_is_cut_and_stays_on_one_line() -> None:
    (said,) = denied(choosing(pod(), port="9\n" * 500))
    assert len(said) < 250
    assert said.isprintable()


def test_null_in_the_configuration_is_as_good_as_nothing() -> None:
    made = choosing(pod(), config={"era": None, "sessions": {"maximum": None, "spares": 2.0}})
    decided = decide(made, HERE, CONFIG)
    assert isinstance(decided, Inject)
    assert decided.chosen.adapter == Adapter(sessions=Sessions(spares=2))
