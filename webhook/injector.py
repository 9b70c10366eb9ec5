"""Where reviews of Pods are decided, with the form of sidecar that the nodes allow now."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from adapter.injection.config import Config
from webhook import findings, injection, verdict
from webhook.events import Teller
from webhook.review import Request
from webhook.verdict import Outcome, Verdict


@dataclass(frozen=True)
class Injector:
    """What an installation says about adapters, and who is told what came of it."""

    config: Config
    is_native: Callable[[], bool]
    """Says whether every node that may run a Pod knows native sidecars."""
    teller: Teller | None = None
    """Without one, there are no Events."""

    def mutate(self, request: Request, _deadline: float) -> Verdict:
        """Inject into a Pod that names our key itself."""
        return injection.injected(request, self._now())

    def mutate_by_namespace(self, request: Request, _deadline: float) -> Verdict:
        """Inject into a Pod whose namespace asks for it."""
        return injection.injected_by_namespace(request, self._now())

    def validate(self, request: Request, _deadline: float) -> Verdict:
        """Look at what all webhooks made of a Pod."""
        return injection.checked(request, self.config)

    def advise(self, request: Request, _deadline: float) -> Verdict:
        """Say what will become of a workload's Pods."""
        return injection.advised(request, self.config)

    def advise_by_namespace(self, request: Request, _deadline: float) -> Verdict:
        """Say what will become of the Pods of a workload whose namespace asks for them."""
        return injection.advised_by_namespace(request, self.config)

    def fail(self, request: Request, _deadline: float) -> Verdict:
        """Answer about a Pod after a mistake of ours."""
        return findings.failed(request.object or {}, self.config.version)

    def fail_to_advise(self, _request: Request, _deadline: float) -> Verdict:
        """Answer about a workload after a mistake of ours."""
        return verdict.allow(Outcome.FAILED)

    def tell(self, request: Request, decided: Verdict) -> None:
        """Tell whoever looks at the Pod's owner, without waiting for anything."""
        if self.teller is not None:
            self.teller.tell(request, decided)

    def close(self) -> None:
        """Write the Events that wait, and no more after these."""
        if self.teller is not None:
            self.teller.recorder.close()

    def _now(self) -> Config:
        return replace(self.config, native=self.is_native())
