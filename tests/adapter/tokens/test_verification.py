"""Which tokens are good: and for each rule a token that breaks just this one."""

import base64
import json
import time
from collections.abc import Callable

import pytest

from tests.adapter.tokens.gated import Gated
from tests.adapter.tokens.issuing import AUDIENCE, Issuer
from tests.adapter.tokens.signing import (
    Signer,
    keyed_with,
    pem,
    signer,
    spelled,
)

Made = Callable[[Issuer], str]

NO_JWT = "the token is not a signed JWT"
NO_HEAD = "the head of the token cannot be read"
ILL_TYPED = "a claim of the token is missing or of the wrong kind"
STRANGER = "the token comes from another issuer"
NOT_FOR_US = "the token is for another audience"
NOT_ACCEPTED = "the token is signed in a way that is not accepted (alg)"
UNKNOWN = "the token is signed with an unknown key"
WRONG = "the signature of the token is wrong"
NOBODY = "the token names neither a subject nor a client"


def test_a_good_token_names_issuer_and_subject(gate: Gated, issuer: Issuer) -> None:
    answer = gate.ask(issuer.token())
    assert (answer.status, answer.body) == (200, f"{issuer.name} subject ada")


def test_a_token_without_subject_is_that_of_its_client(gate: Gated, issuer: Issuer) -> None:
    answer = gate.ask(issuer.token(sub=None, client_id="ada"))
    assert answer.body == f"{issuer.name} client ada"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"aud": ["https://other", AUDIENCE]}, id="one audience of several"),
        pytest.param({"exp": -30.5}, id="expired within the leeway, with a fraction"),
        pytest.param({"nbf": 30.0, "iat": 30.0}, id="a clock ahead of us"),
        pytest.param({"iat": None}, id="no iat"),
        pytest.param({"more": {"of": ["anything", None, 1e300]}}, id="claims that nobody asks for"),
    ],
)
def test_a_token_may_differ(gate: Gated, issuer: Issuer, changes: dict[str, object]) -> None:
    now = (
        time.time()
    )  # what is a fraction counts from here: tests are collected long before they run
    changes = {
        name: now + value if isinstance(value, float) else value for name, value in changes.items()
    }
    assert gate.ask(issuer.token(**changes)).status == 200


@pytest.mark.parametrize("kind", ["JWT", "jwt", "AT+JWT", "application/at+jwt", None])
def test_a_token_may_name_its_kind_in_several_ways(
    gate: Gated, issuer: Issuer, kind: str | None
) -> None:
    assert gate.ask(issuer.signer.token(issuer.claims(), typ=kind)).status == 200


def saying(**changes: object) -> Made:
    return lambda issuer: issuer.token(**changes)


def headed(**header: object) -> Made:
    return lambda issuer: issuer.signer.token(issuer.claims(), **header)


def signed_by(other: Signer, **header: object) -> Made:
    return lambda issuer: other.token(issuer.claims(), **header)


def without_signature(issuer: Issuer) -> str:
    return issuer.signer.token(issuer.claims(), alg="none").rpartition(".")[0] + "."


def keyed_with_what_is_public(issuer: Issuer) -> str:
    return keyed_with(pem(issuer.signer.key), issuer.claims())


def with_other_claims(issuer: Issuer) -> str:
    head, _, signature = issuer.token().split(".")
    return f"{head}.{spelled(json.dumps(issuer.claims(sub='eve')))}.{signature}"


def with_der(issuer: Issuer) -> str:
    head, claims, _ = issuer.token().split(".")
    return f"{head}.{claims}.{spelled(bytes(70))}"


def with_a_zero_more(issuer: Issuer) -> str:
    signed, _, last = issuer.token().rpartition(".")
    both = base64.urlsafe_b64decode(last + "==")
    return f"{signed}.{spelled(both[:32] + bytes(1) + both[32:])}"


def spelled_otherwise(issuer: Issuer) -> str:
    """Change bits of the last letter that mean nothing."""
    while (token := issuer.token(jti=time.time_ns()))[-1] not in "AQgw":
        pass
    return token[:-1] + chr(ord(token[-1]) + 1)


def deep(issuer: Issuer) -> str:
    claims = json.dumps(issuer.claims())[:-1] + ',"x":' + "[" * 4000 + "]" * 4000 + "}"
    head = spelled(json.dumps({"alg": "ES256", "kid": "one"}))
    return f"{head}.{spelled(claims)}.AAAA"


BAD: list[tuple[str, Made, str]] = [
    ("opaque", lambda _: "abc", NO_JWT),
    ("encrypted", lambda _: "a.b.c.d.e", NO_JWT),
    ("spelled in two ways", spelled_otherwise, NO_JWT),
    ("no JSON", lambda _: "YWJj.YWJj.YWJj", NO_HEAD),
    ("no algorithm", headed(alg=None), NO_HEAD),
    ("too deep", deep, ILL_TYPED),
    ("no end", saying(exp=None), ILL_TYPED),
    (
        "end as text",
        saying(exp="9999999999"),
        ILL_TYPED,
    ),
    ("end as bool", saying(exp=True), ILL_TYPED),
    ("no issuer", saying(iss=None), ILL_TYPED),
    ("another issuer", saying(iss="https://evil"), STRANGER),
    (
        "issuer with a slash",
        lambda one: one.token(iss=one.name + "/"),
        STRANGER,
    ),
    ("no audience", saying(aud=None), NOT_FOR_US),
    ("other audience", saying(aud=AUDIENCE + "2"), NOT_FOR_US),
    ("other audiences", saying(aud=["a", "b"]), NOT_FOR_US),
    ("expired", saying(exp=time.time() - 61), "the token has expired"),
    ("too early", saying(nbf=time.time() + 3600), "the token is not valid yet"),
    ("from the future", saying(iat=time.time() + 3600), "the token was issued in the future"),
    ("nobody's", saying(sub=None), NOBODY),
    ("empty subject", saying(sub=""), NOBODY),
    ("bound", saying(cnf={"jkt": "x"}), "the token is bound to a key (cnf): no bearer's"),
    ("critical", headed(crit=["b64"], b64=False), "the token demands an extension (crit)"),
    ("for signing out", headed(typ="logout+jwt"), "the token is not an access token (typ)"),
    ("unsigned", without_signature, NOT_ACCEPTED),
    (
        "none in capitals",
        headed(alg="NONE"),
        NOT_ACCEPTED,
    ),
    (
        "signed with the public key as secret",
        keyed_with_what_is_public,
        NOT_ACCEPTED,
    ),
    ("key unknown", signed_by(signer(kid="two")), UNKNOWN),
    (
        "no key named, and none fits",
        signed_by(signer(which=1), kid=None),
        UNKNOWN,
    ),
    ("key of another", signed_by(signer(which=1)), WRONG),
    (
        "algorithm of another kind of key",
        signed_by(signer("RS256")),
        WRONG,
    ),
    ("changed", with_other_claims, WRONG),
    ("signature as DER", with_der, WRONG),
    ("signature with a zero more", with_a_zero_more, WRONG),
]


@pytest.mark.parametrize(("made", "sentence"), [pytest.param(*bad[1:], id=bad[0]) for bad in BAD])
def test_a_bad_token_is_refused_for_its_reason(
    gate: Gated, issuer: Issuer, made: Made, sentence: str
) -> None:
    answer = gate.ask(made(issuer))
    assert (answer.status, answer.sentence) == (401, sentence)
    assert f'error="invalid_token", error_description="{sentence}"' in answer.challenge
