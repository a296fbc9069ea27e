"""Answers SurrealDB RPC frames with the engine of PyPI surrealdb-embedded: frames come and go over
standard input and output, each behind its length as four big-endian bytes."""
import struct
import sys

from surrealdb_embedded import SyncEmbeddedDB

engine = SyncEmbeddedDB("mem://")
engine.connect()
while head := sys.stdin.buffer.read(4):
    answer = engine.execute(sys.stdin.buffer.read(struct.unpack(">I", head)[0]))
    sys.stdout.buffer.write(struct.pack(">I", len(answer)) + answer)
    sys.stdout.buffer.flush()
