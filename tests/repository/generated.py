"""The parts of the documents that follow from the code: `make fix` writes them, tests compare."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import adapter.settings
import reconciler.settings
import webhook.settings
from adapter.injection.choices import CHOICES
from adapter.injection.reasons import Reason
from flags.options import described
from kinds.rules.catalogue import RULES
from kinds.rules.rule import Rule
from reconciler import rights
from tests.cluster.__main__ import VERBS, Verb
from tests.repository import values

ROOT = Path(__file__).resolve().parents[2]


def make_words() -> str:
    """Return the list of make's words, from the comments behind the targets."""
    makefile = (ROOT / "Makefile").read_text()
    found = re.findall(r"^([a-z-]+):[^#\n]*## (.+)$", makefile, re.MULTILINE)
    return "\n".join(f"- `make {word}`: {line}" for word, line in found)


def rig_commands() -> str:
    """Return a table of the commands of the throw-away cluster."""
    rows = [f"| `{_usage(verb)}` | {verb.summary} |" for verb in VERBS]
    return "\n".join(["| command | what it does |", "|---|---|", *rows])


def webhook_settings() -> str:
    """Return a table of the webhook's flags."""
    return _settings(webhook.settings.Settings)


def adapter_settings() -> str:
    """Return a table of the adapter's flags."""
    return _settings(adapter.settings.Settings)


def reconciler_settings() -> str:
    """Return a table of the reconciler's flags."""
    return _settings(reconciler.settings.Settings)


def reconciler_rights() -> str:
    """Return a table of what the reconciler may do, and where."""
    chosen = reconciler.settings.settings(
        ["--leader-elect", "--certificate-secret=kmcp-system/kmcp-webhook"], {}
    )
    plain = rights.in_namespaces()
    places = {
        "namespaces with servers": plain,
        "the same, with `--expose`": _more(plain, rights.in_namespaces(expose=True)),
        "its own namespace": rights.at_home(chosen),
        "the whole cluster": rights.in_cluster(chosen),
    }
    rows = [
        f"| {place} | {rule['apiGroups'][0] or 'core'} | {', '.join(rule['resources'])} "
        f"| {', '.join(rule['verbs'])} |"
        for place, rules in places.items()
        for rule in rules
    ]
    return "\n".join(["| where | group | resources | verbs |", "|---|---|---|---|", *rows])


def _more(few: list[dict[str, Any]], many: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what is in *many* rules and not in *few*."""
    known = {(one["apiGroups"][0], name, verb) for one, name, verb in _each(few)}
    left: dict[tuple[str, str], list[str]] = {}
    for one, name, verb in _each(many):
        group = one["apiGroups"][0]
        if (group, name, verb) not in known:
            left.setdefault((group, name), []).append(verb)
    return [
        {"apiGroups": [group], "resources": [name], "verbs": verbs}
        for (group, name), verbs in left.items()
    ]


def _each(rules: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Yield every rule with each of its resources and verbs."""
    for rule in rules:
        for name in rule["resources"]:
            for verb in rule["verbs"]:
                yield rule, name, verb


def injection_choices() -> str:
    """Return a table of the annotations by which a user chooses."""
    rows = [f"| `{one.annotation}` | {one.usual} | {one.meaning} |" for one in CHOICES]
    return "\n".join(["| annotation | when absent | what it means |", "|---|---|---|", *rows])


def injection_reasons() -> str:
    """Return a table of what a user may read about injection."""
    rows = [f"| `{one.code}` | {one.outcome} | {_shown(one.sentence)} |" for one in Reason]
    return "\n".join(["| name | the Pod is | sentence |", "|---|---|---|", *rows])


def _shown(sentence: str) -> str:
    """Return a sentence in which the places to fill are not taken for markup."""
    return re.sub(r"\{(\w+)\}", r"*\1*", sentence)


def _settings(kind: type[Any]) -> str:
    """Return a table of flags, with what `--help` says of them."""
    rows = [
        f"| `{flag} {option.metavar}` | {_default(option.shown)} | {option.sentence} |"
        for flag, option in described(kind)
    ]
    return "\n".join(["| flag | default | what it does |", "|---|---|---|", *rows])


def speed() -> str:
    """Return what was measured of the adapter and its peers."""
    from tests.bench.adapter import page  # which asks this module how to write a part

    return page.part()


def refused_by_the_webhook_alone() -> str:
    """Return the rules that the schema cannot repeat."""
    return "\n".join(f"- {_sentence(rule)}" for rule in RULES if not rule.cel)


def _default(shown: str) -> str:
    return f"`{shown}`" if shown else ""


def _sentence(rule: Rule) -> str:
    return rule.name.replace("_", " ")


PARTS: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("CONTRIBUTING.md", "make words", make_words),
    ("docs/adapter.md", "settings", adapter_settings),
    ("docs/injection.md", "annotations", injection_choices),
    ("docs/injection.md", "reasons", injection_reasons),
    ("docs/speed.md", "speed", speed),
    ("docs/cluster.md", "rig commands", rig_commands),
    ("docs/values.md", "values", values.table),
    ("docs/reconciler.md", "settings", reconciler_settings),
    ("docs/reconciler.md", "rights", reconciler_rights),
    ("docs/webhook.md", "settings", webhook_settings),
    ("docs/webhook.md", "rules of the webhook alone", refused_by_the_webhook_alone),
)


def renewed(text: str, title: str, content: str) -> str:
    """Return *text* with the part called *title* replaced by *content*."""
    start, end = f"<!-- generated: {title} -->\n", "<!-- end -->"
    if start not in text:
        raise ValueError(f"no part is marked {start.strip()}")
    before, _, rest = text.partition(start)
    _, _, after = rest.partition(end)
    return f"{before}{start}{content}\n{end}{after}"


def _usage(verb: Verb) -> str:
    words = [verb.name]
    for flag in verb.flags:
        name = flag.names[-1]
        value = str(flag.settings.get("metavar", name.strip("-").upper()))
        if "choices" in flag.settings:
            value = "\\|".join(flag.settings["choices"])
        if not name.startswith("-"):
            words.append(f"[{value}]" if "nargs" in flag.settings else value)
        elif flag.settings.get("action") == "store_true":
            words.append(f"[{name}]")
        else:
            words.append(
                f"{name} {value}" if flag.settings.get("required") else f"[{name} {value}]"
            )
    return " ".join(words)


if __name__ == "__main__":
    for path, title, content in PARTS:
        file = ROOT / path
        file.write_text(renewed(file.read_text(), title, content()))
