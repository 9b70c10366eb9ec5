"""Arguments of a tool, from words: each is read as the tool's schema wants it."""

import json
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from kinds.reading import Fields, fields, is_map, text, within
from kmcp.trouble import Code, Trouble


def arguments(tool: Fields, words: Iterable[str], whole: str | None) -> Fields:
    """Return the arguments that NAME=VALUE words give, on top of a whole JSON object."""
    given = _whole(whole)
    known = fields(within(tool, "inputSchema", "properties"))
    for word in words:
        name, sign, value = word.partition("=")
        if not sign:
            raise Trouble(f"--arg {word}: write NAME=VALUE", Code.USAGE)
        if known and name not in known:
            near = get_close_matches(name, known, 1) or [", ".join(known)]
            raise Trouble(f"--arg {name}: {text(tool, 'name')} knows {near[0]}", Code.USAGE)
        given[name] = _value(name, value, text(known.get(name), "type"))
    required = within(tool, "inputSchema", "required")
    missing = [str(one) for one in (required or ()) if one not in given]
    if missing:
        raise Trouble(f"{text(tool, 'name')} needs --arg {missing[0]}=…", Code.USAGE)
    return given


def _whole(text: str | None) -> Fields:
    if text is None:
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Trouble(f"--json: this is no JSON: {error}", Code.USAGE) from error
    if not is_map(found):
        raise Trouble("--json: write an object, {…}", Code.USAGE)
    return found


def _value(name: str, word: str, type: str) -> Any:  # noqa: ANN401 - JSON
    if type == "string":
        return word
    try:
        return json.loads(word)
    except ValueError as error:
        if type:
            raise Trouble(f"--arg {name}={word}: this must be a {type}", Code.USAGE) from error
        return word
