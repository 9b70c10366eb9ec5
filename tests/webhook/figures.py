"""What a running webhook has counted."""

import re
import urllib.request

from tests.webhook.conftest import Installed
from tests.webhook.program import WAIT_SECONDS


def figures(installed: Installed) -> str:
    """Return all that `/metrics` says."""
    url = f"https://127.0.0.1:{installed.program.port}/metrics"
    context = installed.identity.client()
    with urllib.request.urlopen(url, context=context, timeout=WAIT_SECONDS) as answer:
        text: str = answer.read().decode()
        return text


def value(text: str, sample: str) -> float:
    """Return one figure, 0 when it was never counted."""
    found = re.search(rf"^{re.escape(sample)} ([0-9.e+]+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def total(text: str, figure: str, label: str) -> float:
    """Return the sum over all labels of a figure, as far as they have this one."""
    lines = [line for line in text.splitlines() if line.startswith(f"{figure}{{")]
    return sum(float(line.rpartition(" ")[2]) for line in lines if label in line)
