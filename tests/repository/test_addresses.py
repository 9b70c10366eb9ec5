"""Nothing in the repository says where a package comes from, or on which machine it was made."""

import re
from pathlib import Path

import pytest

from tests.repository.generated import ROOT
from tests.repository.test_shape import short, tracked

LOCKS = [
    path for path in tracked() if re.search(r"^locks/|-lock\.json$|go\.(mod|sum)$", short(path))
]
TEXTS = [path for path in tracked() if b"\0" not in path.read_bytes()[:1024]]


@pytest.mark.parametrize("path", LOCKS, ids=short)
def test_a_lock_file_carries_no_address(path: Path) -> None:
    assert re.findall(r"https?://\S+|\"resolved\"", path.read_text()) == []


@pytest.mark.parametrize("path", TEXTS, ids=short)
def test_a_file_names_no_folder_of_this_machine(path: Path) -> None:
    here = {str(ROOT), str(Path.home())} - {"/"}
    assert [folder for folder in here if f"{folder}/" in path.read_text()] == []
