# The request's body comes on standard input; what is printed is the answer.
import sys

name = sys.stdin.read().strip()
print("Hello, %s!" % (name or "world"))
