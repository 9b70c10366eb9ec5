"""What tests ask of an environment in an image, from within."""

from collections.abc import Sequence

from tests.images.unpacked import Root

UNCOMPILED = """
import importlib, os, pkgutil, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for one in pkgutil.walk_packages(package.__path__, f"{name}."):
        importlib.import_module(one.name)
caches = {name: module.__spec__.cached for name, module in sys.modules.items() if module.__spec__}
print(*sorted(name for name, path in caches.items() if path and not os.path.exists(path)))
"""
PRESENT = """
import importlib.util, sys
def is_there(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
print(*filter(is_there, sys.argv[1:]))
"""


def uncompiled(root: Root, *packages: str) -> str:
    """Return the modules without byte code among all that these packages import."""
    return _said(root, UNCOMPILED, packages)


def present(root: Root, names: Sequence[str]) -> str:
    """Return which of these modules are there."""
    return _said(root, PRESENT, names)


def _said(root: Root, program: str, words: Sequence[str]) -> str:
    done = root.run("python", "-c", program, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()
