"""Bring a cluster up and take it down: from a wish to a record to running programs, and back."""

from contextlib import AbstractContextManager
from subprocess import Popen

from cluster.connection import connect
from tests.cluster import (
    binaries,
    components,
    network,
    node,
    packages,
    pki,
    ready,
    simulation,
)
from tests.cluster.errors import RigError
from tests.cluster.places import locked, state
from tests.cluster.processes import kill_marked, marked, supervise
from tests.cluster.programs import CONTROL_PLANE, NODE, SIMULATION, Program, programs
from tests.cluster.progress import step
from tests.cluster.ready import Start
from tests.cluster.record import (
    Owner,
    Record,
    Wish,
    existing,
    find,
    forget,
    is_abandoned,
    records,
    write_down,
)
from tests.cluster.supervisor import Plan


def up(wish: Wish, owner: Owner | None = None) -> Record:
    """Return the running cluster that *wish* describes, starting it unless it is there already."""
    wish.check()
    prepare(wish)
    remove_abandoned()
    with _one_at_a_time(wish.name):
        if known := find(wish.name):
            if _is_up(known, wish):
                return known
            with step(f"removing what is left of {wish.name}"):
                _remove(known)
        is_free = network.is_free if wish.kind == "node" else network.ports_are_free
        record = write_down(wish, owner, is_free)
        try:
            _start(record)
        except BaseException:
            halt(record)
            raise
        return record


def prepare(wish: Wish) -> None:
    """Install and build whatever *wish* needs."""
    if wish.kind == "node":
        packages.ensure_root()
        packages.ensure(packages.NODE)
    binaries.ensure(needed_programs(wish))


def needed_programs(wish: Wish) -> list[Program]:
    """Return the programs that a cluster like *wish* runs."""
    if wish.kind == "node":
        return programs(NODE, wish.kubernetes)
    names = CONTROL_PLANE + (SIMULATION if wish.simulated_nodes else ())
    return programs(names, wish.kubernetes)


def down(name: str) -> None:
    """Take the cluster called *name* down and leave nothing of it."""
    with _one_at_a_time(name), step(f"taking {name} down"):
        _remove(existing(name))


def remove_abandoned() -> None:
    """Take down what belonged to processes that are gone, such as a test run that was killed."""
    for name in [record.wish.name for record in records() if is_abandoned(record)]:
        with _one_at_a_time(name):
            record = find(name)
            if record and is_abandoned(record):
                with step(f"removing {name}, whose owner is gone"):
                    _remove(record)


def _one_at_a_time(name: str) -> AbstractContextManager[None]:
    """Keep two commands from working on the same cluster."""
    return locked(state() / ".locks" / name)


def halt(record: Record) -> None:
    """End everything that runs, and leave the logs to be read."""
    kill_marked(record)
    if record.wish.kind == "node":
        node.remove(record)


def _remove(record: Record) -> None:
    if record.wish.kind == "node":
        packages.ensure_root()
    halt(record)
    forget(record)


def _is_up(record: Record, wish: Wish) -> bool:
    if not record.is_complete.exists() or not marked(record) or ready.ended(record):
        return False
    if record.wish != wish:
        raise RigError(
            f"{wish.name} is up already, with other settings: "
            f"choose another --name, or take it down first (down --name {wish.name})"
        )
    return True


def _start(record: Record) -> None:
    _link_binaries(record)
    is_node = record.wish.kind == "node"
    with step(f"starting {record.wish.name}"):
        supervisors = node.start_nodes(record) if is_node else [_start_control_plane(record)]
        _finish(Start(record, connect(record.kubeconfig), supervisors))


def _finish(start: Start) -> None:
    wish = start.record.wish
    start.wait_for_api()
    if wish.kind == "node":
        node.finish(start)
    elif wish.simulated_nodes:
        simulation.create_nodes(start.api, wish.simulated_nodes)
        start.wait_for_nodes(wish.simulated_nodes)
    start.api.close()
    start.record.is_complete.touch()


def _start_control_plane(record: Record) -> Popen[bytes]:
    pki.write(record.folder / "pki", components.server(record), [], {})
    launches = [components.etcd, components.apiserver, components.controller_manager]
    if record.wish.simulated_nodes:
        simulation.write_stages(record)
        launches += [components.scheduler, components.kwok]
    plan = Plan(
        folder=str(record.folder / "control-plane"),
        is_node=False,
        logs=str(record.logs / "control-plane"),
        launches=[describe(record) for describe in launches],
    )
    return supervise(record, plan)


def _link_binaries(record: Record) -> None:
    record.binaries.mkdir()
    for name, path in binaries.ensure(needed_programs(record.wish)).items():
        (record.binaries / name).symlink_to(path)
