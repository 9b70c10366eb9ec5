"""What the API server is told about the webhook."""

import pytest

from webhook.configurations import configurations

SERVICE = {"service": {"name": "kmcp-webhook", "namespace": "kmcp-system", "port": 443}}
BOTH = configurations("kmcp", SERVICE)


@pytest.mark.parametrize("document", BOTH, ids=[one["kind"] for one in BOTH])
def test_only_our_kind_is_asked_about_and_never_status_or_deletion(
    document: dict[str, list[dict[str, object]]],
) -> None:
    (webhook,) = document["webhooks"]
    assert webhook["rules"] == [
        {
            "apiGroups": ["kagent.dev"],
            "apiVersions": ["v1alpha1"],
            "operations": ["CREATE", "UPDATE"],
            "resources": ["mcpservers"],
            "scope": "Namespaced",
        }
    ]


@pytest.mark.parametrize("document", BOTH, ids=[one["kind"] for one in BOTH])
def test_an_unchecked_server_is_refused_soon_and_a_dry_run_is_harmless(
    document: dict[str, list[dict[str, object]]],
) -> None:
    (webhook,) = document["webhooks"]
    assert {key: webhook[key] for key in ("failurePolicy", "matchPolicy", "sideEffects")} == {
        "failurePolicy": "Fail",
        "matchPolicy": "Equivalent",
        "sideEffects": "None",
    }
    assert webhook["timeoutSeconds"] == 5
    assert webhook["admissionReviewVersions"] == ["v1"]


def test_the_path_is_added_to_a_service_and_to_a_url() -> None:
    mutating, validating = configurations("kmcp", SERVICE)
    assert mutating["webhooks"][0]["clientConfig"] == {
        "service": {**SERVICE["service"], "path": "/mutate/mcpservers"}
    }
    assert validating["webhooks"][0]["clientConfig"]["service"]["path"] == "/validate/mcpservers"
    (first, _) = configurations("kmcp", {"url": "https://127.0.0.1:9443", "caBundle": "Cg=="})
    assert first["webhooks"][0]["clientConfig"] == {
        "url": "https://127.0.0.1:9443/mutate/mcpservers",
        "caBundle": "Cg==",
    }
