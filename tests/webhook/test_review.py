"""Reading the API server's question, and writing the answer."""

import base64
import json
from typing import Any

import pytest

from kinds.problems import missing
from tests.webhook.reviews import body, request, server
from webhook import verdict
from webhook.review import NotAReview, read
from webhook.verdict import MOST_CAUSES, Outcome


def response(decided: verdict.Verdict) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(verdict.review(request(server()), decided))
    assert (answer["apiVersion"], answer["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
    found: dict[str, Any] = answer["response"]
    return found


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "no AdmissionReview", id="nothing"),
        pytest.param(b"{", "no AdmissionReview", id="half of it"),
        pytest.param(b"\xff\xfe", "no AdmissionReview", id="not text"),
        pytest.param(b"[" * 100_000, "no AdmissionReview", id="too deep"),
        pytest.param(b"[]", "no AdmissionReview", id="a list"),
        pytest.param(b'{"apiVersion": "v1", "kind": "Pod"}', "request", id="another kind"),
        pytest.param(body(server(), uid=""), "uid", id="no uid"),
        pytest.param(body(server(), uid="x" * 300), "uid", id="a uid without end"),
        pytest.param(body("text"), "object", id="an object that is none"),
        pytest.param(
            body(server()).replace(b"k8s.io/v1", b"k8s.io/v1beta1"),
            "answers admission.k8s.io/v1 AdmissionReview",
            id="another version",
        ),
    ],
)
def test_what_is_no_review_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(NotAReview, match=words):
        read(content)


def test_unknown_members_of_a_review_do_not_matter() -> None:
    assert read(body(server(), tomorrow={"a": 1})).name == "web"


@pytest.mark.parametrize(
    ("metadata", "called"),
    [
        pytest.param({"name": "web"}, "web", id="name"),
        pytest.param({"name": None, "generateName": "web-"}, "web-***", id="generated"),
        pytest.param({"name": None}, "", id="none"),
    ],
)
def test_an_object_is_called_by_what_there_is(metadata: dict[str, Any], called: str) -> None:
    assert request(server(**metadata), name="").called == called


def test_the_uid_is_copied() -> None:
    assert response(verdict.allow(Outcome.UNCHANGED)) == {
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
        "allowed": True,
        "auditAnnotations": {"outcome": "Unchanged"},
    }


def test_a_patch_comes_with_its_type() -> None:
    found = response(verdict.patched(b"[]"))
    assert (found["patchType"], base64.b64decode(found["patch"])) == ("JSONPatch", b"[]")


def test_a_refusal_has_a_cause_for_each_mistake() -> None:
    found = response(verdict.invalid(request(server()), [missing("spec.a", "write it")]))
    assert found["allowed"] is False
    assert found["status"] == {
        "status": "Failure",
        "code": 422,
        "reason": "Invalid",
        "message": 'MCPServer.kagent.dev "web" is invalid: spec.a: Required value: write it',
        "details": {
            "group": "kagent.dev",
            "kind": "MCPServer",
            "name": "web",
            "causes": [
                {
                    "reason": "FieldValueRequired",
                    "field": "spec.a",
                    "message": "Required value: write it",
                }
            ],
        },
    }
    assert found["auditAnnotations"] == {"outcome": "Invalid", "rules": "schema"}


def test_a_flood_of_mistakes_is_cut_off() -> None:
    problems = [missing(f"spec.args[{n}]", "write it") for n in range(1000)]
    found = response(verdict.invalid(request(server()), problems))
    assert len(found["status"]["details"]["causes"]) == MOST_CAUSES
