"""Dashboard and alerts ask Prometheus for what our programs really tell, in its own words."""

import re

import pytest

from tests.charts.exposed import TARGET, Series, collected
from tests.charts.queries import Query, Reading, alerts, dashboard, queries, readings
from tests.repository.lock import ROOT

pytestmark = pytest.mark.slow

FILLED = re.compile(r"{{\s*(?:\$labels\.)?([a-z_]+)\s*}}")


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> Series:
    """Lend the series of all programs."""
    return collected(tmp_path_factory.mktemp("identity"))


def problems(query: Query, reading: Reading, exposed: Series) -> list[str]:
    """Return what is wrong with a query."""
    if reading.problem:
        return [reading.problem]
    names = [one.name for one in reading.series]
    if unknown := [name for name in names if name not in exposed]:
        return [f"nobody tells {name}" for name in unknown]
    found = [
        f"{one.name} has no {matcher.label} like {matcher.pattern}"
        for one in reading.series
        for matcher in one.matchers
        if not is_met(matcher.label, matcher.pattern, exposed[one.name])
    ]
    found += [
        f"{name} has no {label} to group by"
        for grouping in reading.groupings
        for label in grouping.labels or ()
        for name in grouping.series
        if label not in {*exposed[name], *TARGET}
    ]
    left = kept(reading, exposed)
    return found + [
        f"no {one} is left to tell" for one in FILLED.findall(query.told) if one not in left
    ]


def is_met(label: str, pattern: str, labels: dict[str, set[str]]) -> bool:
    """Say whether a series has a label with a value that a condition is about."""
    if label in TARGET - labels.keys():
        return True
    return any(re.fullmatch(pattern, value) for value in labels.get(label, ()))


def kept(reading: Reading, exposed: Series) -> set[str]:
    """Return the labels that the result of a query has."""
    sums = [set(one.labels or ()) for one in reading.groupings if one.alone]
    if sums:
        return sums[0].intersection(*sums[1:])
    return TARGET.union(*(exposed[one.name] for one in reading.series))


def test_every_query_asks_for_what_is_told(exposed: Series) -> None:
    asked = list(queries())
    assert len(asked) > 40
    read = readings([one.text for one in asked])
    wrong = {
        f"{query.place}: {query.text}": said
        for query, reading in zip(asked, read, strict=True)
        if (said := problems(query, reading, exposed))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("text", "told", "said"),
    [
        ("sum(rate(kmcp_polls_total[5m])", "", "unclosed left parenthesis"),
        ("rate(kmcp_polls_total)", "", "expected type range vector"),
        ("sum(kmcp_polls)", "", "nobody tells kmcp_polls"),
        ('kmcp_reconciles_total{result="fine"}', "", "has no result like fine"),
        ('kmcp_reconciles_total{outcome="failed"}', "", "has no outcome like failed"),
        ("sum by (result) (kmcp_leader)", "", "kmcp_leader has no result to group by"),
        ("sum(kmcp_reconciles_total)", "{{result}}", "no result is left to tell"),
        ("kmcp_leader", "{{ $labels.result }}", "no result is left to tell"),
    ],
)
def test_a_wrong_query_is_noticed(text: str, told: str, said: str, exposed: Series) -> None:
    (reading,) = readings([text])
    assert said in str(problems(Query("here", text, told), reading, exposed))


def test_every_alert_says_what_to_do() -> None:
    names = [one["alert"] for one in alerts()]
    assert sorted(set(names)) == sorted(names)
    for one in alerts():
        assert set(one["annotations"]) == {"summary", "description"}, one["alert"]
        assert one["labels"]["severity"] in ("warning", "critical")


def test_every_alert_is_explained() -> None:
    text = (ROOT / "docs" / "observability.md").read_text()
    assert [one["alert"] for one in alerts() if f"`{one['alert']}`" not in text] == []


def test_every_figure_is_explained(exposed: Series) -> None:
    pages = [(ROOT / "docs" / name).read_text() for name in ("observability.md", "webhook.md")]
    told = set(re.findall(r"`(kmcp_\w+)`", "".join(pages)))
    ours = {name for name in exposed if name.startswith("kmcp_")}
    assert {re.sub("_(bucket|sum|count)$", "", name) for name in ours} - told == set()


def test_no_panel_lies_on_another() -> None:
    places = set[tuple[int, int]]()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        own = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not own & places, panel["title"]
        assert at["x"] + at["w"] <= 24
        places |= own
    identities = [panel["id"] for panel in dashboard()["panels"]]
    assert len(set(identities)) == len(identities)
