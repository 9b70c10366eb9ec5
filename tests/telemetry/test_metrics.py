"""A program's metrics are its own, and Prometheus can read them."""

import prometheus_client
from prometheus_client.parser import text_string_to_metric_families

from telemetry.metrics import REQUEST_SECONDS, Metrics


def samples(metrics: Metrics, prefix: str) -> dict[str, float]:
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {
        f"{sample.name}{sorted(sample.labels.items()) or ''}": sample.value
        for family in families
        for sample in family.samples
        if sample.name.startswith(prefix)
    }


def test_a_counter_tells_its_labels_and_nothing_beside() -> None:
    metrics = Metrics()
    metrics.counter("kmcp_answers", "How many answers.", ["code"]).labels("200").inc(2)
    assert samples(metrics, "kmcp_") == {"kmcp_answers_total[('code', '200')]": 2.0}


def test_a_reading_is_taken_when_it_is_asked_for() -> None:
    figures = iter([1.0, 2.0])
    metrics = Metrics()
    metrics.reading("kmcp_figure", "A figure.", lambda: next(figures))
    assert samples(metrics, "kmcp_") == {"kmcp_figure": 1.0}
    assert samples(metrics, "kmcp_") == {"kmcp_figure": 2.0}


def test_a_duration_falls_into_buckets_from_5_milliseconds_to_10_seconds() -> None:
    metrics = Metrics()
    metrics.histogram("kmcp_seconds", "How long.").observe(0.02)
    counts = list(samples(metrics, "kmcp_seconds_bucket").values())
    assert counts == [0.0] * 2 + [1.0] * 10
    assert (REQUEST_SECONDS[0], REQUEST_SECONDS[-1]) == (0.005, 10.0)


def test_two_programs_never_share_a_figure() -> None:
    one, other = Metrics(), Metrics()
    one.counter("kmcp_answers", "How many answers.").inc()
    other.counter("kmcp_answers", "How many answers.")
    assert samples(other, "kmcp_") == {"kmcp_answers_total": 0.0}
    assert "kmcp_answers" not in prometheus_client.generate_latest().decode()


def test_the_memory_of_the_process_is_told() -> None:
    assert samples(Metrics(), "process_resident")["process_resident_memory_bytes"] > 1e6
