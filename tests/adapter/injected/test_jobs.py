"""A Job ends with its server, and its exit code is the server's, whatever form the adapter has."""

import pytest

from tests.adapter.contained.pods import Served as Reached
from tests.adapter.injected import images
from tests.adapter.injected.images import PYTHON
from tests.adapter.injected.manifests import FORMS, NAME, injected, job, server, template
from tests.adapter.injected.reached import SELECTOR, modern_call, pods
from tests.cluster import borrowed
from tests.cluster.facade import Cluster, Object, is_true

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(borrowed.is_wanted(), reason="talks to Pods by their addresses"),
]
BOTH = pytest.mark.parametrize("form", FORMS)


def ready(cluster: Cluster) -> Reached:
    """Return the Pod of the Job once it serves."""
    cluster.kubectl("wait", "--for=create", "pod", f"--selector={SELECTOR}", "--timeout=120s")
    (pod,) = pods(cluster)
    pod = cluster.wait("pod", pod["metadata"]["name"], lambda one: is_true(one, "Ready"), "Ready")
    return Reached(cluster, pod["status"]["podIP"])


def ended(pod: Object) -> Object:
    """Return how the server's container ended."""
    statuses = pod["status"]["containerStatuses"]
    (server_status,) = [one for one in statuses if one["name"] == "server"]
    found: Object = server_status["state"]["terminated"]
    return found


@BOTH
def test_a_job_completes_when_its_server_has_done_its_work(cluster: Cluster, form: str) -> None:
    images.load(cluster, PYTHON)
    cluster.apply(injected(job(template(server(PYTHON)), "OnFailure"), FORMS[form]))
    pod = ready(cluster)
    client = pod.begun()
    assert client.call("echo", text="working").text == "working"
    assert client.delete() == 200
    leave_by_itself(pod, 0)
    cluster.wait_condition("job", NAME, "Complete")
    (done,) = pods(cluster)
    assert (done["status"]["phase"], ended(done)["exitCode"]) == ("Succeeded", 0)


@BOTH
def test_a_job_fails_with_the_exit_code_and_the_last_words_of_its_server(
    cluster: Cluster, form: str
) -> None:
    images.load(cluster, PYTHON)
    cluster.apply(injected(job(template(server(PYTHON))), FORMS[form]))
    leave_by_itself(ready(cluster), 7)
    cluster.wait_condition("job", NAME, "Failed")
    (failed,) = pods(cluster)
    assert failed["status"]["phase"] == "Failed"
    assert (ended(failed)["exitCode"], ended(failed)["message"]) == (7, "nothing is left to do")


@BOTH
def test_a_job_whose_server_never_serves_keeps_its_exit_code(cluster: Cluster, form: str) -> None:
    images.load(cluster, PYTHON)
    batch = server(PYTHON, command=[*PYTHON.command, "--exit", "3", "no such table"])
    cluster.apply(injected(job(template(batch)), FORMS[form]))
    cluster.wait_condition("job", NAME, "Failed")
    (failed,) = pods(cluster)
    assert (ended(failed)["exitCode"], ended(failed)["message"]) == (3, "no such table")


@BOTH
def test_a_server_that_is_restarted_on_failure_finds_its_adapter_again(
    cluster: Cluster, form: str
) -> None:
    images.load(cluster, PYTHON)
    cluster.apply(injected(job(template(server(PYTHON)), "OnFailure"), FORMS[form]))
    leave_by_itself(ready(cluster), 1)
    (pod,) = pods(cluster)
    cluster.wait("pod", pod["metadata"]["name"], has_been_restarted, "restarted and Ready", 240)
    leave_by_itself(ready(cluster), 0)
    cluster.wait_condition("job", NAME, "Complete")


def has_been_restarted(pod: Object) -> bool:
    """Say whether the server runs for the second time."""
    counts = [
        one["restartCount"] for one in pod["status"]["containerStatuses"] if one["name"] == "server"
    ]
    return counts == [1] and is_true(pod, "Ready")


def leave_by_itself(pod: Reached, code: int) -> None:
    """Have the process that serves everybody end, as one does that has nothing left to do."""
    told = modern_call(pod, "leave", code=code, words="nothing is left to do")
    assert f"the server exited with code {code}" in told
