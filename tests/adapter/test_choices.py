"""What an adapter does when nobody has chosen anything."""

from adapter.choices import choice
from adapter.settings import Settings
from adapter.wire.limits import Limits


def test_an_empty_config_chooses_nothing() -> None:
    spelled = '{"sessions": {}, "limits": {}}'
    given = choice([f"--config={spelled}", "--", "server"], {}).settings
    assert given == Settings(config=spelled)


def test_the_wire_and_the_settings_agree_on_what_is_usual() -> None:
    usual = Settings()
    assert Limits() == Limits(
        body=usual.request_bytes, queue=usual.queue_bytes, connections=usual.connections
    )
