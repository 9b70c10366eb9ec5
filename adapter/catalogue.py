"""What the server offers, for people: how many tools, prompts and resources, and a digest."""

import hashlib
from typing import Any

from adapter import jsonrpc
from adapter.children import Child, Failed
from adapter.eras import Knowledge, meta

LISTS = {
    "tools": ("tools",),
    "prompts": ("prompts",),
    "resources": ("resources", "resources/templates"),
}
"""Which capability allows which lists to be asked for."""
KEYS = {"resources/templates": "resourceTemplates"}
MOST_PAGES = 100
SECONDS = 10.0
HEX_DIGITS = 16


async def offered(child: Child, knowledge: Knowledge, version: str) -> dict[str, Any]:
    """Return a count and a digest for each list that the server has."""
    found: dict[str, Any] = {}
    for capability, lists in LISTS.items():
        if capability not in knowledge.capabilities:
            continue
        for name in lists:
            key = KEYS.get(name, name)
            try:
                found[key] = await _summary(child, knowledge, name, version)
            except Failed as error:
                found[key] = {"error": str(error)}
    return found


async def _summary(child: Child, knowledge: Knowledge, name: str, version: str) -> dict[str, Any]:
    digest, count, cursor = hashlib.sha256(), 0, None
    key = KEYS.get(name, name)
    for _ in range(MOST_PAGES):
        params: dict[str, Any] = {"_meta": meta(version, {})} if knowledge.modern else {}
        if cursor is not None:
            params["cursor"] = cursor
        page = await child.page(f"{name}/list", params, SECONDS, key)
        items = jsonrpc.items(page[key])
        count += len(items)
        for item in items:
            digest.update(item)
        cursor = jsonrpc.value(page.get("nextCursor", b"null"))
        if not isinstance(cursor, str):
            break
    return {"count": count, "digest": digest.hexdigest()[:HEX_DIGITS]}
