"""The demonstration's machinery: a keeper that restarts the server, robots, seats side by side.

Nothing of it is reachable in production mode.
"""
