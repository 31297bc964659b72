"""Rooms that read: a tool or a file, and a pure translation into events."""
