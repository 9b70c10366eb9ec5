"""The parts of the chart that follow from the code: `make fix` writes them, tests compare.

What may be done is listed where it is done, and when the API server asks is said where it is
answered. The chart repeats both, so that whoever reads it sees all of it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

import reconciler.rights
import reconciler.settings
import webhook.rights
from reconciler import leading
from reconciler.exposure import workloads
from tests.repository.lock import ROOT
from webhook.configurations import configurations
from webhook.entries import Scope

TEMPLATES = ROOT / "charts" / "kmcp" / "templates"
HEAD = "{{- /* Made by `python -m tests.repository.charts` from the code. Do not edit. */ -}}\n"
NAME, NAMESPACE = '{{ include "kmcp.fullname" . }}', '{{ include "kmcp.namespace" . }}'
OTHERS = "EXCLUDED-NAMESPACES"
LABELS = "LABELS"
MEANT = {
    f", {OTHERS}]": "{{ range .Values.webhook.excludedNamespaces }}, {{ . }}{{ end }}]",
    f"labels: {LABELS}\n": 'labels:\n        {{- include "kmcp.labels" . | nindent 8 }}\n'
    "        app.kubernetes.io/component: webhook\n"
    '      {{- if eq .Values.webhook.certificates.mode "cert-manager" }}\n      annotations:\n'
    f"        cert-manager.io/inject-ca-from: {NAMESPACE}/{NAME}-webhook\n      {{{{- end }}}}\n",
    "timeoutSeconds: 5\n": "timeoutSeconds: {{ .Values.webhook.timeoutSeconds }}\n",
    "clientConfig:\n": "clientConfig:\n          {{- if eq .Values.webhook.certificates.mode "
    '"provided" }}\n          caBundle: {{ .Values.webhook.certificates.caBundle | b64enc }}\n'
    "          {{- end }}\n",
    "failurePolicy: PODS\n": "failurePolicy: {{ .Values.webhook.failurePolicy.pods }}\n",
    "failurePolicy: Fail\n": "failurePolicy: {{ .Values.webhook.failurePolicy.mcpservers }}\n",
}
"""What of the configurations is chosen when the chart is installed."""

IN_ORDER = (
    "# Helm removes what is in a List in its order, and would remove a Service before all others:\n"
    "# the API server has to forget the webhook before it can no longer find it.\n"
)
SERVICE = '  {{- include "kmcp.webhook.service" . | nindent 2 }}\n'

Rule = Mapping[str, Any]


class _Plain(yaml.SafeDumper):
    """Repeats what is used twice, since a reader of a chart looks for no anchors."""

    def ignore_aliases(self, data: object) -> bool:
        """Say that nothing is worth an anchor."""
        del data
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent the items of lists, as the rest of the chart does."""
        del indentless
        super().increase_indent(flow, False)


def _list(dumper: yaml.SafeDumper, data: list[object]) -> yaml.Node:
    """Put a list of words into one line."""
    in_line = not any(isinstance(one, dict | list) for one in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=in_line)


_Plain.add_representer(list, _list)


def rights() -> str:
    """Return the rules of RBAC, one named template for each thing that may be turned off."""
    words = ["--certificate-secret=a/b", "--leader-elect=false", f"--configuration={NAME}"]
    chosen = reconciler.settings.settings(words, {})
    managers = [*reconciler.rights.in_namespaces(), *reconciler.rights.in_cluster(chosen)]
    webhooks = [*webhook.rights.EVERYWHERE, *webhook.rights.about_itself(NAME)]
    parts: dict[str, Iterable[Rule]] = {
        **_split("", managers),
        "home": reconciler.rights.at_home(chosen),
        "leading": leading.RIGHTS,
        "expose": workloads.RIGHTS,
        **_split("webhook", webhooks),
    }
    return HEAD + "".join(
        f'\n{{{{- define "kmcp.rights.{name}" -}}}}\n{_written(list(rules))}{{{{- end -}}}}\n'
        for name, rules in parts.items()
    )


APART = {
    "secrets": "secrets",
    "nodes": "nodes",
    "mutatingwebhookconfigurations": "bundles",
    "validatingwebhookconfigurations": "bundles",
    "tokenreviews": "metrics",
}
"""Resources that only some installations need, and the name of their part."""


def _split(prefix: str, rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    """Return the rules by the part of the chart that grants them."""
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        parts: dict[str, list[str]] = {}
        for resource in rule["resources"]:
            parts.setdefault(_part(prefix, resource), []).append(resource)
        for part, resources in parts.items():
            found.setdefault(part, []).append({**rule, "resources": resources})
    return found


def _part(prefix: str, resource: str) -> str:
    if not prefix:
        usual = "everywhere" if resource == "namespaces" else "servers"
        return APART.get(resource, "metrics" if resource == "subjectaccessreviews" else usual)
    return f"{prefix}.secrets" if resource == "secrets" else prefix


def webhook_configurations() -> str:
    """Return both webhook configurations, and the Service that they name, as a template."""
    client = {"service": {"name": f"{NAME}-webhook", "namespace": NAMESPACE, "port": 443}}
    scope = Scope(own_namespace=NAMESPACE, excluded_namespaces=(OTHERS,), failure_policy="PODS")
    documents = configurations(NAME, client, scope)
    for document in documents:
        document["metadata"]["labels"] = LABELS
    text = _written({"apiVersion": "v1", "kind": "List", "items": documents})
    for mark, meant in MEANT.items():
        if mark not in text:
            raise ValueError(f"no configuration says {mark!r}")
        text = text.replace(mark, meant)
    runs = '{{- if include "kmcp.webhook.runs" . }}\n'
    return f"{HEAD}{runs}{IN_ORDER}{text}{SERVICE}{{{{- end }}}}\n"


def _written(content: object) -> str:
    return yaml.dump(content, Dumper=_Plain, sort_keys=False, width=1000)


PARTS = {
    TEMPLATES / "_rights.tpl": rights,
    TEMPLATES / "webhook" / "configurations.yaml": webhook_configurations,
}

if __name__ == "__main__":
    for path, content in PARTS.items():
        path.write_text(content())
