"""The four hosted tools, small and local, for the demo and the tests.

Nothing here is imported by the service. It reaches the sandbox as it reaches
the real tools: over HTTP, by base URL.
"""
