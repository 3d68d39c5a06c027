"""The service: receipt, programme, sync, pages and commands."""
