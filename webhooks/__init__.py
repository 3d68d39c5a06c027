"""What the form tools send: how a request proves itself and what it holds."""
