"""What stands behind a migration in Python that Confiture runs: a conversation with Confiture, and stand-ins for the
modules that such files import. Standard library only. The files of this directory are joined in order and run as one.
"""

import contextlib
import dataclasses
import datetime
import decimal
import enum
import json
import os
import re
import socket
import string
import sys
import threading
import time
import traceback
import types
import uuid


class Line:
    """The conversation, a JSON document per line. It came as standard input, which migrations do not get to see."""

    def __init__(self):
        descriptor = os.dup(0)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        self.socket = socket.socket(fileno=descriptor)
        self.answers = self.socket.makefile("rb")
        self.process = os.getpid()
        self.turn = threading.Lock()
        # A process that a migration forks would speak in between.
        os.register_at_fork(after_in_child=lambda: os.close(self.socket.detach()))

    def tell(self, message):
        if os.getpid() != self.process:
            raise RuntimeError("only the process that was started for a migration is connected, none that it forks")
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def ask(self, message):
        with self.turn:
            self.tell(message)
            answer = self.answers.readline()
        if not answer:
            # Nobody listens any more.
            os._exit(0)
        return json.loads(answer)


LINE = Line()


class Site:
    """Which file is run, and how."""

    file = None
    root = None
    transactional = True

    @classmethod
    def line(cls):
        """The innermost line of the file that is being run now."""
        frame = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == cls.file:
                return frame.f_lineno
            frame = frame.f_back
        return None


def module(name, **names):
    """Makes a module that can be imported; what it has not is not looked for elsewhere."""
    made = types.ModuleType(name)
    made.__dict__.update(names)
    made.__path__ = []
    sys.modules[name] = made
    parent, _, last = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], last, made)
    return made
