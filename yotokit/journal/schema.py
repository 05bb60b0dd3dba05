"""The tables, and the number of their form."""

from __future__ import annotations

__all__ = ["ADDED", "TABLES", "VERSION"]

VERSION = 2
"""Kept in ``PRAGMA user_version``. A file of a higher number is left alone."""

TABLES = """
-- Which content a path had, at a size and a time of change: saves reading it again.
CREATE TABLE IF NOT EXISTS file (
    path TEXT PRIMARY KEY, size_bytes INTEGER, modified_ns INTEGER, sha256 TEXT, at REAL
) WITHOUT ROWID;
-- What a stage made of some content, under some settings.
CREATE TABLE IF NOT EXISTS result (
    sha256 TEXT, stage TEXT, settings TEXT, at REAL, value BLOB,
    PRIMARY KEY (sha256, stage, settings)
);
-- Bytes that an account was sent. Not arrived: they were on their way when last heard of.
CREATE TABLE IF NOT EXISTS upload (
    account TEXT, sha256 TEXT, upload_id TEXT, arrived INTEGER, at REAL,
    PRIMARY KEY (account, sha256)
) WITHOUT ROWID;
-- What one process at a time may do.
CREATE TABLE IF NOT EXISTS claim (
    account TEXT, what TEXT, owner TEXT, PRIMARY KEY (account, what)
) WITHOUT ROWID;
-- A card by its mark. Creating: a request to make it was sent, and its answer was not seen.
CREATE TABLE IF NOT EXISTS card (
    account TEXT, mark TEXT, card_id TEXT, creating INTEGER, gist TEXT,
    revision INTEGER, at REAL, PRIMARY KEY (account, mark)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS session (
    id TEXT PRIMARY KEY, account TEXT, mark TEXT, title TEXT, settings TEXT, at REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS item (
    session TEXT, path TEXT, title TEXT, position INTEGER, done INTEGER, icon TEXT,
    PRIMARY KEY (session, path)
) WITHOUT ROWID;
"""

ADDED = (("item", "icon", "TEXT DEFAULT ''"),)
"""Columns that came after the first form: table, name, and type."""
