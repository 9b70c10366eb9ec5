"""Control planes come and go without harm to each other, whatever happens to the tool."""

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cluster.errors import Unreachable
from tests.cluster.errors import RigError
from tests.cluster.processes import marked, wait_until
from tests.cluster.record import existing, find
from tests.cluster.session import Session, rig
from tests.cluster.trial import answers, pid_of, start_and_kill_the_tool, up

pytestmark = pytest.mark.control_plane

VERDICT_SECONDS = 60.0


def kubectl(kubeconfig: Path, *words: str) -> None:
    program = kubeconfig.parents[1] / "bin" / "kubectl"
    command = [str(program), f"--kubeconfig={kubeconfig}", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def wait_until_broken(name: str) -> None:
    verdict = "state        broken\n"
    wait_until(lambda: verdict in rig("status", f"--name={name}"), "the verdict", VERDICT_SECONDS)


def test_two_control_planes_live_side_by_side_and_one_survives_the_other(names: list[str]) -> None:
    first, second = (up(name) for name in names)
    assert answers(first)
    assert answers(second)
    rig("down", f"--name={names[0]}")
    assert answers(second)
    with pytest.raises(RigError, match=f"there is no cluster called {names[0]}"):
        rig("kubeconfig", f"--name={names[0]}")


def test_bringing_up_what_is_up_changes_nothing(control_plane_session: Session) -> None:
    name = control_plane_session.name
    before = marked(existing(name))
    assert up(name) == control_plane_session.kubeconfig
    assert marked(existing(name)) == before


def test_other_settings_for_what_is_up_are_refused_with_the_way_out(
    control_plane_session: Session,
) -> None:
    name = control_plane_session.name
    with pytest.raises(RigError, match=rf"other settings.*down --name {name}"):
        up(name, "--simulated-nodes=1")


def test_a_start_whose_tool_was_killed_is_taken_down_whole(names: list[str]) -> None:
    record = start_and_kill_the_tool(names[0], "control-plane", "kube-apiserver")
    rig("down", f"--name={names[0]}")
    assert marked(record) == {}
    assert not record.folder.exists()


def test_a_start_that_was_cut_short_is_replaced_by_the_next(names: list[str]) -> None:
    record = start_and_kill_the_tool(names[0], "control-plane", "etcd")
    assert answers(up(names[0]))
    assert record.is_complete.exists()


@pytest.mark.long
def test_a_broken_cluster_is_replaced_by_the_next_start(names: list[str]) -> None:
    up(names[0])
    os.kill(pid_of(existing(names[0]), "etcd"), signal.SIGKILL)
    wait_until_broken(names[0])
    assert answers(up(names[0]))


def test_two_commands_at_once_bring_up_one_cluster(names: list[str]) -> None:
    with ThreadPoolExecutor() as pool:
        kubeconfigs = set(pool.map(up, [names[0]] * 2))
    assert len(kubeconfigs) == 1
    assert answers(kubeconfigs.pop())


def test_a_cluster_does_not_outlive_the_process_that_owned_it(names: list[str]) -> None:
    with subprocess.Popen(["sleep", "600"]) as owner:
        assert answers(up(names[0], f"--owner={owner.pid}"))
        owner.kill()
    up(names[1])
    assert find(names[0]) is None


def test_a_program_that_died_shows_in_status_with_its_exit_code(names: list[str]) -> None:
    kubeconfig = up(names[0])
    os.kill(pid_of(existing(names[0]), "kube-apiserver"), signal.SIGKILL)
    wait_until_broken(names[0])
    assert "kube-apiserver: ended with exit code -9" in rig("status", f"--name={names[0]}")
    with pytest.raises(Unreachable):
        answers(kubeconfig)


def test_simulated_nodes_run_deployments(names: list[str]) -> None:
    kubeconfig = up(names[0], "--simulated-nodes=20")
    kubectl(kubeconfig, "create", "deployment", "many", "--image=x", "--replicas=100")
    kubectl(kubeconfig, "rollout", "status", "deployment/many", "--timeout=180s")


def test_logs_are_found_by_the_name_of_the_program(control_plane_session: Session) -> None:
    name = f"--name={control_plane_session.name}"
    listed = rig("logs", name).split()
    assert listed == ["etcd", "kube-apiserver", "kube-controller-manager", "supervisor"]
    assert "Serving securely" in rig("logs", name, "kube-apiserver")
    with pytest.raises(RigError, match=r"no log of kubelet \(there are: etcd, kube-apiserver"):
        rig("logs", name, "kubelet")


def test_images_need_a_cluster_with_nodes(control_plane_session: Session) -> None:
    with pytest.raises(RigError, match="has no nodes that could hold an image"):
        rig("load", f"--name={control_plane_session.name}", "kmcp.test/probe:1")
