# The request is Flask's; what is returned is the answer.
from flask import request


def main():
    name = request.get_data(as_text=True).strip()
    return "Hello, %s!\n" % (name or "world")
