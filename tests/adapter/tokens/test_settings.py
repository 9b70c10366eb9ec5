"""What the flags for tokens take."""

import pytest

from adapter.settings import Settings, choice

ISSUER = "--token-issuer=https://login.example.com"
AUDIENCE = "--token-audience=https://mcp.example.com/mcp"


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
