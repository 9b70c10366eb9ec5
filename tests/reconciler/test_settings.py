"""The reconciler takes the flags that its Deployment has always been given."""

import pytest

import webhook.settings
from adapter.injection.installation import AdapterSettings
from flags.options import described
from flags.words import SecretName
from reconciler.program import main
from reconciler.settings import Settings, settings
from telemetry.listening import Address


def complaint(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the one line with which the program refuses to start."""
    with pytest.raises(SystemExit) as ended:
        settings(words, {})
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_the_flags_of_the_manager_mean_what_they_say() -> None:
    words = [
        "--leader-elect",
        "--health-probe-bind-address=:8081",
        "--metrics-bind-address=:8443",
        "--metrics-secure",
    ]
    chosen = settings(words, {})
    assert (chosen.leader_elect, chosen.metrics_secure) == (True, True)
    assert chosen.health_probe_bind_address == Address("", 8081)
    assert chosen.metrics_bind_address == Address("", 8443)


def test_a_switch_can_be_turned_off_and_given_by_a_variable() -> None:
    chosen = settings(["--watch=false"], {"KMCP_RECONCILER_LEADER_ELECT": "true"})
    assert (chosen.watch, chosen.leader_elect) == (False, True)


def test_namespaces_are_given_with_commas_each_once() -> None:
    chosen = settings(["--watch-namespaces= a, b,,a"], {})
    assert chosen.watch_namespaces == ("a", "b")
    assert chosen.scopes == ("a", "b")
    assert settings([], {}).scopes == (None,)


def test_what_else_is_read() -> None:
    chosen = settings(["--certificate-secret=kmcp-system/webhook", "--adapter-user=assigned"], {})
    assert chosen.certificate_secret == SecretName("kmcp-system", "webhook")
    assert (chosen.adapter_user, chosen.poll_interval) == (None, 30)


@pytest.mark.parametrize(
    ("word", "part"),
    [
        ("--leader-elect=maybe", "must be true or false, not 'maybe'"),
        ("--watch-namespaces=Kube_System", "must be the name of a namespace"),
        ("--max-upgrading=-1", "must be a whole number from 0"),
        ("--poll-interval=0s", "must be from 1s"),
        ("--native-sidecars=true", "must be auto, on or off"),
        ("--certificate-secret=webhook", "must be NAMESPACE/NAME"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], word: str, part: str
) -> None:
    assert part in complaint(capsys, word)


def test_a_certificate_without_tls_is_a_contradiction(capsys: pytest.CaptureFixture[str]) -> None:
    line = complaint(capsys, "--metrics-secure=false", "--metrics-cert-path=/certificates")
    assert "cannot be combined" in line


def test_without_an_image_for_adapters_nothing_starts(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([], {})
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "python -m reconciler: --adapter-image must be given"


def test_the_webhook_understands_the_same_of_adapters() -> None:
    """What one program does, the other repeats for Pods that were changed on their way."""
    shared = dict(described(AdapterSettings))
    for program in (Settings, webhook.settings.Settings):
        found = dict(described(program))
        assert {flag: found[flag] for flag in shared} == shared
