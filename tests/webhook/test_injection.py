"""What is answered about Pods and their templates: verdicts, sentences, patches, notices."""

import json
from collections.abc import Callable
from typing import Any

import jsonpatch
import pytest

from adapter.injection.config import Config
from tests.webhook.workloads import ADAPTER_IMAGE, Object, annotated, pod, request, server
from webhook import findings
from webhook.injection import checked, injected, injected_by_namespace
from webhook.review import Request
from webhook.verdict import Notice, Outcome, Verdict

CONFIG = Config(image=ADAPTER_IMAGE, version="1.2.3", own_namespace="kmcp-home")
MUTATES = (injected, injected_by_namespace)
LONG_AGO: Object = {"futureField": {"of": ["Kubernetes", 1.40]}, "anotherOne": None}
NO_COMMAND = (
    "spec.containers[0].command is empty and what the image would start cannot be seen from here: "
    """add the annotation kmcp.dev/command, such as '["python", "server.py"]'"""
)
TTY = "spec.containers[0].tty is true, and a terminal rewrites what an MCP server says: remove it"


def patched(made: Object, verdict: Verdict) -> Object:
    """Return the Pod as the API server makes it."""
    assert verdict.patch is not None, verdict
    found: Object = jsonpatch.apply_patch(made, json.loads(verdict.patch))
    return found


def stored() -> Object:
    """Return an injected Pod as it looks in the last step of admission."""
    made = pod()
    made = patched(made, injected(request(made), CONFIG))
    return {**made, "metadata": {**made["metadata"], "uid": "7"}}


def message(verdict: Verdict) -> str:
    assert verdict.status is not None
    said: str = verdict.status["message"]
    return said


def test_a_pod_that_asks_gets_the_adapter_and_doing_it_again_changes_nothing() -> None:
    made = pod()
    first = injected(request(made), CONFIG)
    assert (first.outcome, first.allowed, first.warnings) == (Outcome.INJECTED, True, ())
    once = patched(made, first)
    assert [one["name"] for one in once["spec"]["initContainers"]] == ["kmcp-adapter"]
    again = injected(request(once), CONFIG)
    assert (again.outcome, again.patch) == (Outcome.UNCHANGED, None)


def test_what_another_webhook_dropped_is_mended() -> None:
    made = stored()
    del made["spec"]["initContainers"][0]["restartPolicy"]
    verdict = injected(request(made), CONFIG)
    assert verdict.outcome is Outcome.MENDED
    assert patched(made, verdict) == stored()


def test_fields_that_nobody_knows_survive() -> None:
    made = pod(server(**LONG_AGO), **LONG_AGO)
    after = patched(made, injected(request(made), CONFIG))
    assert after["spec"].items() >= LONG_AGO.items()
    assert after["spec"]["containers"][0].items() >= LONG_AGO.items()


def test_a_patch_tests_a_name_before_it_uses_an_index_and_replaces_no_list_of_objects() -> None:
    made = pod(server(volumeMounts=[{"name": "a", "mountPath": "/a"}]), volumes=[{"name": "a"}])
    operations = json.loads(injected(request(made), CONFIG).patch or b"[]")
    tested = {one["path"] for one in operations if one["op"] == "test"}
    assert tested == {"/spec/containers/0/name"}
    replaced = [one["path"] for one in operations if one["op"] == "replace"]
    assert replaced == ["/spec/containers/0/command"]
    assert operations.index(
        {"op": "test", "path": "/spec/containers/0/name", "value": "server"}
    ) < ([one["path"] for one in operations].index("/spec/containers/0/command"))


def test_all_that_is_wrong_with_a_pod_is_said_in_one_refusal() -> None:
    verdict = injected(request(pod(server(tty=True, command=[]))), CONFIG)
    assert not verdict.allowed
    assert verdict.patch is None
    assert message(verdict) == f"{NO_COMMAND}; {TTY}"
    assert verdict.rules == ("NoCommand", "Terminal")
    assert verdict.notice == Notice("InjectionDenied", message(verdict), "Warning")


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        pytest.param(pod(hostNetwork=True), "HostNetwork", id="host network"),
        pytest.param(pod(os={"name": "windows"}), "Windows", id="windows"),
        pytest.param(
            pod(nodeSelector={"kubernetes.io/os": "windows"}), "Windows", id="windows by selector"
        ),
        pytest.param({**pod(), "status": {"phase": "Running"}}, "NotPending", id="running"),
        pytest.param(annotated(pod(), inject="yes"), "UnknownValue", id="another word"),
    ],
)
def test_a_pod_out_of_reach_is_skipped_with_a_warning_and_told_once_it_is_made(
    made: Object, reason: str
) -> None:
    verdict = injected(request(made), CONFIG)
    assert (verdict.allowed, verdict.patch, verdict.reason) == (True, None, reason)
    assert verdict.warnings[0].startswith("the Pod does not get the adapter: ")
    assert verdict.notice is None
    final = checked(request(made), CONFIG)
    assert final.allowed
    assert final.notice is not None
    assert (final.notice.reason, final.notice.kind) == ("InjectionSkipped", "Warning")


@pytest.mark.parametrize("decide", [*MUTATES, checked])
def test_whoever_says_no_is_not_told_of_it(decide: Callable[[Request, Config], Verdict]) -> None:
    verdict = decide(request(annotated(pod(), inject="false")), CONFIG)
    assert (verdict.allowed, verdict.patch) == (True, None)
    assert (verdict.warnings, verdict.notice) == ((), None)


def test_what_does_not_fit_in_a_namespace_that_asks_is_told_and_never_refused() -> None:
    made = annotated(pod(server(tty=True)), container="server")
    verdict = injected_by_namespace(request(made), CONFIG)
    assert (verdict.allowed, verdict.patch, verdict.reason) == (True, None, "Terminal")
    assert verdict.notice == Notice(
        "InjectionSkipped", f"a Pod does not get the adapter: {TTY}", "Warning"
    )


def test_a_pod_that_asks_itself_is_not_refused_either_when_it_comes_by_its_namespace() -> None:
    assert injected_by_namespace(request(pod(server(tty=True))), CONFIG).allowed


def test_a_pod_gets_the_adapter_because_its_namespace_asks() -> None:
    made = annotated(pod(), command='["python", "-m", "other"]')
    after = patched(made, injected_by_namespace(request(made), CONFIG))
    assert after["spec"]["containers"][0]["command"][-3:] == ["python", "-m", "other"]
    assert checked(request(after), CONFIG).notice is not None


@pytest.mark.parametrize("decide", [*MUTATES, checked])
@pytest.mark.parametrize(
    ("operation", "more"),
    [
        pytest.param("UPDATE", {}, id="update"),
        pytest.param("CONNECT", {}, id="connect"),
        pytest.param("DELETE", {"object": None}, id="delete"),
        pytest.param("CREATE", {"subResource": "ephemeralcontainers"}, id="ephemeral containers"),
        pytest.param("CREATE", {"subResource": "status"}, id="status"),
        pytest.param("CREATE", {"subResource": "binding"}, id="binding"),
    ],
)
def test_only_new_pods_are_looked_at(
    decide: Callable[[Request, Config], Verdict], operation: str, more: dict[str, Any]
) -> None:
    verdict = decide(request(pod(server(tty=True)), operation, **more), CONFIG)
    assert verdict == Verdict(Outcome.NOT_CONCERNED)


def test_the_namespace_of_the_request_counts_when_the_pod_names_none() -> None:
    verdict = injected(request(pod(), namespace="kmcp-home"), CONFIG)
    assert verdict.reason == "ExcludedNamespace"


def test_a_pod_that_will_be_named_is_called_by_what_its_name_begins_with() -> None:
    made = pod()
    made["metadata"] = {"generateName": "web-7d4-", "annotations": made["metadata"]["annotations"]}
    assert request(made).called == "web-7d4-***"


def break_restart_policy(made: Object) -> None:
    del made["spec"]["initContainers"][0]["restartPolicy"]


def break_launcher(made: Object) -> None:
    made["spec"]["containers"][0]["command"] = ["python", "server.py"]


def break_command(made: Object) -> None:
    made["spec"]["containers"][0]["command"][-1] = "other.py"


def break_adapter(made: Object) -> None:
    made["spec"]["initContainers"] = []


def break_mount(made: Object) -> None:
    made["spec"]["containers"][0]["volumeMounts"][0]["readOnly"] = False


@pytest.mark.parametrize(
    ("spoil", "reason", "sentence"),
    [
        (break_restart_policy, "RestartPolicyLost", "is not Always any more"),
        (break_launcher, "LauncherMissing", "does not start /run/kmcp/launcher"),
        (break_command, "CommandChanged", "another server command"),
        (break_adapter, "AdapterMissing", "kmcp-adapter is not there"),
        (break_mount, "MountWritable", "writable"),
    ],
)
def test_a_pod_that_others_broke_is_refused_with_the_reason(
    spoil: Callable[[Object], None], reason: str, sentence: str
) -> None:
    made = stored()
    spoil(made)
    verdict = checked(request(made), CONFIG)
    assert (verdict.allowed, verdict.outcome) == (False, Outcome.BROKEN)
    assert reason in verdict.rules
    assert sentence in message(verdict)


def test_a_pod_with_its_adapter_is_told_with_what_is_worth_a_word() -> None:
    made = stored()
    assert checked(request(made), CONFIG).notice == Notice(
        "Injected", "a Pod got the adapter of kmcp 1.2.3 beside its container server", "Normal"
    )
    made["metadata"]["annotations"]["kmcp.dev/prot"] = "1"
    notice = checked(request(made), CONFIG).notice
    assert notice is not None
    assert notice.note.endswith("; annotation kmcp.dev/prot means nothing to kmcp")


@pytest.mark.parametrize("metadata", [{}, {"annotations": {"kmcp.dev/inject": "true"}}])
def test_a_mistake_of_ours_leaves_the_pod_as_it_was_and_marks_it(metadata: Object) -> None:
    made = {
        **pod(),
        "metadata": {"name": "served", "labels": {"kmcp.dev/inject": "true"}, **metadata},
    }
    verdict = findings.failed(made, "1.2.3")
    after = patched(made, verdict)
    assert after["metadata"]["annotations"].pop("kmcp.dev/injection-failed") == "1.2.3"
    assert after["spec"] == made["spec"]
    assert verdict.allowed
    marked = patched(made, verdict)
    final = checked(request(marked), CONFIG)
    assert (final.allowed, final.outcome) == (True, Outcome.FAILED)
    assert final.notice is not None
    assert final.notice.reason == "InjectionFailed"


def test_the_mark_of_a_mistake_excuses_nothing_else() -> None:
    made = pod(server(tty=True))
    made["metadata"]["annotations"]["kmcp.dev/injection-failed"] = "1.2.3"
    assert not checked(request(made), CONFIG).allowed
