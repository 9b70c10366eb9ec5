"""Build the images that tests of the adapter in Pods run: `python -m tests.adapter.contained`."""

from tests.adapter.contained import images

images.prepare()
