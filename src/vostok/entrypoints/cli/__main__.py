"""``python -m vostok.entrypoints.cli``, the same as the console script ``vostok``."""

import sys

from vostok.entrypoints.cli import main

sys.exit(main())
