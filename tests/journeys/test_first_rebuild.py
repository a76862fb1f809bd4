"""The main job, from the import of Debian to apt on a client."""

import subprocess
from pathlib import Path

import httpx
import pytest
from tests.journeys.apt_client import Answer, AptDirectory, answers_in_clean_bookworm
from tests.journeys.conftest import ARCHIVE, FLAG, TOOLCHAIN
from tests.journeys.installation import Document, Installation, command_output, newest_publication

from vostok.debian.buildinfo import parse_buildinfo
from vostok.debian.stanza import parse_stanza
import apt_pkg

pytestmark = pytest.mark.build

REASON = "Does it build with GCC 11?"
