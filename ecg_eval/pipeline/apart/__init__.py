"""Plug-ins from outside, asked in a process of their own."""
