"""What of workloads is news, by the metadata of their Pods alone."""

from cluster.owners import OwnerReference
from reconciler.exposure.register import ROUNDS, Found, Register, found
from reconciler.exposure.workloads import Workload
from reconciler.sightings import Annotations, Sighting

WEB = Workload("shop", "web", "Deployment")


def pod(name: str = "web-1", of: str = "set-1", injected: str | None = "{}") -> Sighting:
    return Sighting(
        name=name,
        namespace="shop",
        annotations=Annotations(expose="true", injected=injected),
        owner_references=[OwnerReference(uid=of, controller=True)],
    )


def seen(*pods: Sighting, service: str = "") -> Found:
    services = [(WEB, service)] if service else []
    return found([(WEB, one) for one in pods], services)


def test_a_settled_workload_is_visited_once_in_many_polls() -> None:
    register = Register()
    register.renew(seen(pod(), service="7"))
    due = [WEB in register.renew(seen(pod(), service="7")) for _ in range(ROUNDS)]
    assert sum(due) == 1


def test_another_pod_of_the_same_template_is_no_news() -> None:
    register = Register()
    register.renew(seen(pod()))
    assert not register.saw(WEB, pod("web-2"))


def test_a_new_template_an_adapter_and_another_service_are_news() -> None:
    register = Register()
    assert register.saw(WEB, pod(injected=None))
    assert register.saw(WEB, pod())
    assert register.saw(WEB, pod(of="set-2"))
    before = register.renew(seen(pod(), service="7"))
    assert before == [WEB]
    assert register.renew(seen(pod(), service="8")) == [WEB]


def test_one_without_pods_is_visited_each_time_for_nothing_else_tells_of_it() -> None:
    register = Register()
    for _ in range(3):
        assert register.renew(seen(service="7")) == [WEB]
    assert register.renew(Found()) == [WEB]
    assert register.renew(Found()) == []


def test_a_list_that_is_older_than_a_watch_takes_no_pod_away() -> None:
    register = Register()
    register.saw(WEB, pod())
    register.renew(seen(pod(injected=None)))
    assert register.pod(WEB) == "web-1"
