# SPDX-License-Identifier: BSD-2-Clause
"""Lets the tests import replay.py from wherever pytest is started."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
