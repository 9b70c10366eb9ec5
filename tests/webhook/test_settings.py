"""Settings are read once, a flag wins over the environment, and a bad value is told in one line."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from ssl import TLSVersion

import pytest

from flags.options import given_as
from flags.words import SecretName
from telemetry.listening import Address
from webhook.settings import Settings, settings

SECRET = "--certificate-secret=kmcp-system/webhook"


def complaint(capsys: pytest.CaptureFixture[str], *words: str, **environment: str) -> str:
    """Return the one line with which the program refuses to start."""
    with pytest.raises(SystemExit) as ended:
        settings(words, environment)
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    return line


def test_a_secret_is_all_that_has_to_be_given() -> None:
    chosen = settings([SECRET], {})
    assert chosen.certificate_secret == SecretName("kmcp-system", "webhook")
    assert (chosen.bind, chosen.probes) == (Address("", 9443), Address("", 8081))
    assert (chosen.tls_min_version, chosen.threads) == (TLSVersion.TLSv1_2, 16)
    assert (chosen.keep_alive, chosen.body_limit) == (120.0, 7 * 2**20)


def test_durations_and_sizes_are_read_as_kubernetes_writes_them() -> None:
    words = ["--keep-alive=1m30.5s", "--shutdown-delay=0", "--certificate-poll=100ms"]
    chosen = settings([SECRET, *words, "--body-limit=7.5Mi"], {})
    assert (chosen.keep_alive, chosen.shutdown_delay) == (90.5, 0.0)
    assert chosen.certificate_poll == 0.1
    assert chosen.body_limit == 7_864_320


def test_a_flag_wins_over_the_environment() -> None:
    environment = {"KMCP_WEBHOOK_THREADS": "3", "KMCP_WEBHOOK_LOG_LEVEL": "debug"}
    chosen = settings([SECRET, "--threads", "4"], environment)
    assert (chosen.threads, chosen.log_level) == (4, "debug")


def test_an_empty_variable_means_nothing() -> None:
    assert settings([SECRET], {"KMCP_WEBHOOK_THREADS": ""}).threads == 16


def test_three_files_are_a_certificate_too() -> None:
    words = ["--certificate-file=a", "--key-file=b", "--ca-file=c", "--probes=0"]
    chosen = settings(words, {})
    assert (chosen.certificate_file, chosen.certificate_secret) == (Path("a"), None)
    assert chosen.probes is None


@pytest.mark.parametrize(
    ("word", "mend"),
    [
        ("--bind=9443", "--bind must be HOST:PORT or :PORT"),
        ("--bind=0", "--bind must be HOST:PORT or :PORT"),
        ("--probes=:x", "--probes must end in a port between 0 and 65535"),
        ("--tls-min-version=1.1", "--tls-min-version must be 1.2 or 1.3, not '1.1'"),
        ("--threads=0", "--threads must be a whole number from 1 to 256, not '0'"),
        ("--threads=\u0663", "--threads must be a whole number"),
        ("--body-limit=3Mi", "--body-limit must be from 3211264 to"),
        ("--body-limit=much", "--body-limit must be a size such as 7Mi"),
        ("--keep-alive=long", "--keep-alive must be a duration such as 10s"),
        ("--keep-alive=-5s", "--keep-alive must be a duration such as 10s"),
        ("--keep-alive=5", "--keep-alive must be a duration such as 10s"),
        ("--keep-alive=", "--keep-alive must be a duration such as 10s"),
        ("--keep-alive=\u0665s", "--keep-alive must be a duration such as 10s"),
        (f"--keep-alive={'9' * 400}h", "--keep-alive must be a duration such as 10s"),
        ("--keep-alive=2h", "--keep-alive must be from 1s to 3600s"),
        ("--body-limit=", "--body-limit must be a size such as 7Mi"),
        ("--body-limit=-7Mi", "--body-limit must be from 3211264 to"),
        ("--body-limit=1Gi", "--body-limit must be from 3211264 to"),
        ("--body-limit=9e29", "--body-limit must be from 3211264 to"),
        ("--body-limit=7000000.5", "--body-limit must be a size such as 7Mi"),
        (f"--body-limit={'9' * 400}", "--body-limit must be a size such as 7Mi"),
        ("--handshake-timeout=0", "--handshake-timeout must be from 0.1s"),
        ("--certificate-secret=webhook", "--certificate-secret must be NAMESPACE/NAME"),
        ("--log-level=loud", "--log-level must be debug, info, warning or error, not 'loud'"),
        ("--thread=1", "unrecognized arguments: --thread=1; see --help"),
        ("--ca-file=c", "cannot be combined"),
    ],
)
def test_a_bad_value_is_told_in_one_line_that_says_how_to_mend_it(
    capsys: pytest.CaptureFixture[str], word: str, mend: str
) -> None:
    assert mend in complaint(capsys, SECRET, word)


def test_a_bad_variable_is_named_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    line = complaint(capsys, SECRET, KMCP_WEBHOOK_THREADS="many")
    assert "KMCP_WEBHOOK_THREADS must be a whole number" in line


@pytest.mark.parametrize("words", [[], ["--certificate-file=a", "--key-file=b"]])
def test_a_certificate_must_come_from_somewhere(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert "--certificate-secret, or all of --certificate-file" in complaint(capsys, *words)


def test_the_help_has_a_sentence_for_every_setting() -> None:
    command = [sys.executable, "-m", "webhook", "--help"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=20)
    for one in fields(Settings):
        sentence = " ".join(done.stdout.split()).partition(f" {given_as(one.name)} ")[2]
        assert "." in sentence.partition(" --")[0], one.name
