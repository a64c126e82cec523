"""What a browser sends as its proof of work."""

import base64
import json

import altcha


def solved(challenge: dict) -> str:
    """What the worker sends for `challenge`."""
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(challenge))
    return packed({"challenge": challenge, "solution": solution.to_dict()})


def packed(payload: object) -> str:
    return base64.b64encode(json.dumps(payload).encode()).decode()
