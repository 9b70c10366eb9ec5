"""Which keys judge tokens: every algorithm with its own kind of key, and no other."""

import pytest

from tests.adapter.tokens.gated import Gated
from tests.adapter.tokens.issuing import KEYS, Issuer
from tests.adapter.tokens.signing import ALGORITHMS, Signer, key, signer


def begin_anew(gate: Gated, issuer: Issuer) -> None:
    """Have the gate fetch what the issuer publishes now."""
    gate.do(gate.gate.close)
    gate.do(lambda: gate.gate.trust(issuer.name))


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_every_algorithm_is_understood(gate: Gated, issuer: Issuer, alg: str) -> None:
    issuer.signer = signer(alg, "another")
    issuer.publish(issuer.signer)
    begin_anew(gate, issuer)
    assert gate.ask(issuer.token()).status == 200


def test_a_key_is_used_for_its_own_algorithm_only(gate: Gated, issuer: Issuer) -> None:
    issuer.signer = signer("RS256", "another")
    issuer.publish(issuer.signer)
    begin_anew(gate, issuer)
    assert gate.ask(issuer.token()).status == 200
    answer = gate.ask(issuer.signer.token(issuer.claims(), alg="PS256"))
    assert (answer.status, answer.sentence) == (401, "the signature of the token is wrong")


UNUSABLE: list[tuple[str, dict[str, object]]] = [
    ("small RSA key", Signer("one", key("RS256", 0, 1024), "RS256").published()),
    ("secret", {"kty": "oct", "kid": "one", "k": "c2VjcmV0"}),
    ("for encryption", signer().published(use="enc")),
    ("not for verifying", signer().published(key_ops=["sign"])),
    ("not on the curve", signer().published(x="AAAA")),
    ("curve unknown", signer().published(crv="secp256k1")),
    ("not an object", {}),
    ("exponent even", signer("RS256").published(e="Ag")),
    ("padded", signer("RS256").published(e="AQAB====")),
]


@pytest.mark.parametrize("published", [pytest.param(one, id=name) for name, one in UNUSABLE])
def test_a_key_that_cannot_be_used_is_as_if_it_were_not_there(
    gate: Gated, issuer: Issuer, published: dict[str, object]
) -> None:
    issuer.serve(KEYS, {"keys": [published, signer(kid="good").published()]})
    begin_anew(gate, issuer)
    assert gate.ask(signer(kid="good").token(issuer.claims())).status == 200
    answer = gate.ask(issuer.token())
    assert (answer.status, answer.sentence) == (401, "the token is signed with an unknown key")
