"""`kmcp validate` says what the cluster would say, with the line."""

import textwrap
from pathlib import Path

import pytest

from kinds.defaults import Runners, with_defaults
from kinds.problems import in_order
from kinds.rules.catalogue import problems
from kmcp.documents import documents
from kmcp.trouble import Code
from tests.kmcp.started import kmcp

pytestmark = pytest.mark.slow

KINDS = Path(__file__).parents[1] / "kinds"
GOOD = """
apiVersion: kagent.dev/v1alpha1
kind: MCPServer
metadata:
  name: tool
spec:
  transportType: stdio
  deployment: {image: "registry.example.com/tool:1", cmd: tool}
"""
BAD = """
apiVersion: kagent.dev/v1alpha1
kind: MCPServer
metadata:
  name: tool
spec:
  transportType: stdio
  deployment:
    image: registry.example.com/tool:1
    cmd: tool
    port: 99999
    volumeMounts:
      - name: nothing
        mountPath: /data
"""


def test_a_good_manifest_is_good() -> None:
    done = kmcp("validate", "-f", "-", stdin=GOOD)
    assert (done.code, done.err) == (Code.DONE, "")
    assert done.out == "1 MCPServer checked: the cluster would take it\n"


def test_each_mistake_is_told_with_its_line() -> None:
    done = kmcp("validate", "-f", "-", stdin=BAD)
    assert done.code == Code.FAILED
    places = [line.split(": ")[:2] for line in done.out.splitlines()]
    assert places == [
        ["standard input:11", "spec.deployment.port"],
        ["standard input:13", "spec.deployment.volumeMounts[0].name"],
    ]
    assert done.err == "kmcp: 2 mistakes in 1 MCPServer\n"


def test_items_of_a_list_count_as_documents() -> None:
    one = textwrap.indent(BAD.strip(), "    ")
    listed = f"apiVersion: v1\nkind: List\nitems:\n  -\n{one}\n"
    done = kmcp("validate", "-f", "-", stdin=listed)
    assert done.out.startswith("standard input:14: spec.deployment.port")


def test_others_than_servers_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "some.yaml").write_text(f"kind: Secret\n---\n{GOOD}")
    (tmp_path / "notes.txt").write_text("{")
    assert kmcp("validate", "-f", str(tmp_path)).code == Code.DONE


def test_strict_fails_on_warnings() -> None:
    moving = GOOD.replace("tool:1", "tool:latest")
    assert kmcp("validate", "-f", "-", stdin=moving).code == Code.DONE
    done = kmcp("validate", "--strict", "-f", "-", stdin=moving)
    assert done.code == Code.FAILED
    assert "warning: " in done.out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("a: [", "standard input:1: this is no YAML", id="no YAML"),
        pytest.param("- a", "standard input:1: a manifest is a map", id="no map"),
        pytest.param("", "there is no MCPServer", id="nothing"),
        pytest.param("a: 1\nb: 2\na: 3", "standard input:3: a is there twice", id="twins"),
        pytest.param("a: \x07", "no YAML", id="a sign that may not be there"),
        pytest.param("[" * 5000, "nested too deeply", id="too deep"),
        pytest.param("? [1, 2]\n: 3", "standard input:1", id="a list as a key"),
        pytest.param("a: !!python/object:os.system x", "no YAML", id="a foreign tag"),
        pytest.param(
            "\n".join(
                ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
                + [
                    f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]"
                    for a, b in zip("abcdef", "bcdefg", strict=True)
                ]
            ),
            "100000 values",
            id="endless aliases",
        ),
    ],
)
def test_what_is_no_manifest_gets_one_line(text: str, told: str) -> None:
    done = kmcp("validate", "-f", "-", stdin=text)
    assert done.code == Code.USAGE
    assert told in done.err
    assert len(done.err.splitlines()) == 1


def test_a_file_that_is_not_there_is_named() -> None:
    done = kmcp("validate", "-f", "nothing.yaml")
    assert (done.code, done.out) == (Code.USAGE, "")
    assert "nothing.yaml" in done.err


def test_every_mistake_of_the_corpus_has_a_line_within_its_file() -> None:
    found = list(documents([str(KINDS / "wrong")]))
    assert len(found) > 100
    for one in found:
        last = len(Path(one.source).read_text().splitlines())
        for problem in in_order(problems(with_defaults(one.content, Runners()))):
            assert 1 <= one.line(problem.field) <= last
