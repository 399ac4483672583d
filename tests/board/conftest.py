# SPDX-License-Identifier: BSD-2-Clause
"""Boards without a boot: what is written to a card, and a board made from the guide."""
import os

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BOOTCHAIN_BUILD") or os.path.join(TOP, "build")


def pytest_configure(config):
    config.addinivalue_line("markers", "needs: of tests/boot, whose helpers are used here")
