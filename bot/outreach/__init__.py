"""What goes out: the calendar, tips, campaigns, broadcasts, and the ledger of every delivery."""
