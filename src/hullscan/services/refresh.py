"""Refreshing feeds: download, build a snapshot beside the one in use, swap."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from hullscan.errors import Conflict, FeedError
from hullscan.feeds.feed import Feed
from hullscan.feeds.location import Location, available, open_location
from hullscan.matching.ranges import segments
from hullscan.model.advisory import Advisory, AffectedPackage, FlawFacts, ReleaseSupport
from hullscan.model.report import Problem
from hullscan.services.context import Context, now
from hullscan.services.progress import Progress, Silent
from hullscan.store.database import reading
from hullscan.store.feed_rows import FeedRow, feed_rows, record_failure
from hullscan.store.snapshots import AffectedRows, Item, Record, SnapshotBuilder
from hullscan.versions import scheme_for_ecosystem
