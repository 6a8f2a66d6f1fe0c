"""Campaign plans: documents -> proposals that staff tick."""
