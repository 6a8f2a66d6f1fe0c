"""Tests of the bot, room by room."""
