"""JSON in every spelling that is allowed, as text: what a decoder would make of it is lost here."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

BLANK = st.sampled_from(["", "", "", " ", "  ", "\t"])
PLANES = [st.characters(min_codepoint=n << 16, max_codepoint=(n << 16) + 0xFFFF) for n in range(17)]
PLAIN = st.one_of(*PLANES).filter(
    lambda one: one not in '"\\' and one >= " " and not "\ud800" <= one <= "\udfff"
)
HEXADECIMAL = st.integers(0, 0xFFFF).map(lambda number: f"\\u{number:04x}")
SURROGATES = st.integers(0xD800, 0xDFFF).map(lambda number: f"\\u{number:04X}")
ESCAPES = st.sampled_from(
    [r"\n", r"\"", r"\\", r"\/", r"\b", r"\u0000", r"\ud83e\udd8a", r"\\ud800"]
)
SPECIAL = st.sampled_from(["\u2028", "\u2029", "\u0085", "\x7f", "\ufeff", "\ufffd", '\\"id\\":1'])
TEXTS = st.lists(st.one_of(PLAIN, ESCAPES, SPECIAL, HEXADECIMAL, SURROGATES), max_size=8).map(
    lambda parts: '"' + "".join(parts) + '"'
)
NUMBERS = st.one_of(
    st.sampled_from(
        ["0", "-0", "1.0", "1e2", "1E+400", "-0.0", "0.10", "1e-7", "100000000000000000000.0"]
    ),
    st.integers(-(2**64), 2**64).map(str),
    st.integers(10**30, 10**60).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)
SCALARS = st.one_of(TEXTS, NUMBERS, st.sampled_from(["true", "false", "null"]))
KEYS = st.one_of(
    TEXTS, st.sampled_from(['"id"', '"method"', '"result"', '"jsonrpc"', '"progressToken"', '"a"'])
)


def _listed(inside: SearchStrategy[str]) -> SearchStrategy[str]:
    parts = st.lists(st.tuples(BLANK, inside, BLANK).map("".join), max_size=4)
    return parts.map(lambda found: f"[{','.join(found)}]")


def members(inside: SearchStrategy[str], keys: SearchStrategy[str] = KEYS) -> SearchStrategy[str]:
    """Return what stands between the braces of an object, where keys may come more than once."""
    one = st.tuples(BLANK, keys, BLANK, st.just(":"), BLANK, inside, BLANK).map("".join)
    return st.lists(one, max_size=4).map(",".join)


def _nested(spelled: str, depth: int) -> str:
    return '{"x":[' * depth + spelled + "]}" * depth


VALUES = st.recursive(
    SCALARS,
    lambda inside: st.one_of(_listed(inside), members(inside).map(lambda one: f"{{{one}}}")),
    max_leaves=12,
)
DEEP = st.builds(_nested, SCALARS, st.integers(1, 100))
"""Up to 200 levels."""
ANYTHING = st.one_of(VALUES, VALUES, DEEP)
OBJECTS = members(ANYTHING).map(lambda one: f"{{{one}}}")
