"""What fuzzing has found stays right: the corpus, without the fuzzer."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

FUZZ = Path(__file__).parents[3] / "fuzz"


def target() -> ModuleType:
    spec = importlib.util.spec_from_file_location("replies", FUZZ / "replies.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_input_of_the_corpus_gives_a_result_or_an_error_of_ours() -> None:
    inputs = sorted((FUZZ / "corpus").iterdir())
    assert len(inputs) > 50
    replies = target()
    for each in inputs:
        replies.try_one(each.read_bytes())
