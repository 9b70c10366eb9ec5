"""What the flags for tokens take."""

import subprocess
import sys
from pathlib import Path

import pytest

from adapter.choices import choice
from adapter.settings import Settings

ISSUER = "--token-issuer=https://login.example.com"
AUDIENCE = "--token-audience=https://mcp.example.com/mcp"
WITHOUT_CRYPTOGRAPHY = """
import runpy, sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "cryptography":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
runpy.run_module("adapter", run_name="__main__", alter_sys=True)
"""
ROOT = Path(__file__).resolve().parents[3]


def chosen(*flags: str) -> Settings:
    return choice([*flags, "--", "server"], {}).settings


def test_tokens_are_not_asked_for_unless_wanted() -> None:
    settings = chosen()
    assert (settings.token_issuer, settings.token_audience) == ((), ())


def test_lists_are_read_with_commas() -> None:
    settings = chosen(
        "--token-issuer=https://a.example/, http://127.0.0.1:1/t,https://a.example/",
        "--token-audience=one,two",
        "--token-scopes=mcp:read, mcp:tools openid",
    )
    assert settings.token_issuer == ("https://a.example/", "http://127.0.0.1:1/t")
    assert settings.token_audience == ("one", "two")
    assert settings.token_scopes == ("mcp:read", "mcp:tools", "openid")


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        ([ISSUER], "--token-issuer needs --token-audience"),
        ([AUDIENCE], "--token-audience needs --token-issuer"),
        (["--token-scopes=a"], "--token-scopes needs --token-issuer"),
        (["--resource-url=https://a"], "--resource-url needs --token-issuer"),
        (["--token-jwks=/keys"], "--token-jwks needs --token-issuer"),
        (
            [AUDIENCE, "--token-issuer=https://a,https://b", "--token-jwks=/keys"],
            "--token-jwks goes with one issuer",
        ),
        (["--token-issuer=http://login.example.com"], "must be https URLs"),
        (["--token-issuer=login.example.com"], "must be https URLs"),
        (["--token-issuer=https://user:word@a.example"], "must be https URLs"),
        (["--token-issuer=https://a.example#x"], "must be https URLs"),
        (["--token-issuer=https://a.example?x"], "must be https URLs"),
        (["--token-issuer=https://a.example:port"], "must be https URLs"),
        (["--token-issuer=https://"], "must be https URLs"),
        (["--token-jwks=http://a.example/keys"], "must be an https URL or a file"),
        (["--token-jwks=file:///keys"], "must be an https URL or a file"),
        (['--token-scopes=a"b'], "must be scopes"),
        (['--resource-url=https://a"b/mcp'], "must be a URL"),
        (["--resource-url=/mcp"], "must be a URL"),
        (["--resource-url=https://a/mcp?x"], "must be a URL"),
    ],
)
def test_what_does_not_fit_ends_the_program_with_a_sentence(
    flags: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        chosen(*flags)
    assert complaint in capsys.readouterr().err


def without_cryptography(*flags: str) -> "subprocess.CompletedProcess[str]":
    """Start an adapter that has only what everybody needs; it cannot listen, and ends."""
    words = [*flags, "--listen=203.0.113.1:1", "--", "server"]
    command = [sys.executable, "-c", WITHOUT_CRYPTOGRAPHY, *words]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.slow
def test_without_cryptography_the_program_says_what_to_install() -> None:
    ended = without_cryptography(ISSUER, AUDIENCE)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "python -m adapter: --token-issuer needs cryptography, which is not installed: "
        "pip install 'kmcp[adapter-tokens]'\n"
    )


@pytest.mark.slow
def test_without_cryptography_all_else_is_served() -> None:
    ended = without_cryptography()
    assert "cannot start" in ended.stderr
    assert ended.returncode == 1
