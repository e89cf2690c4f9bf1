"""Inputs that are texts: studies and reports in YAML, parameters, results in JSON."""

import json
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from nbreport.description import KEYS, OPTIONAL
from twolayer.training.configuration import Configuration
from twolayer.training.parameters import PARAMETERS

from .edits import chosen, edited, in_json, nonsense, plain, worded
from .models import archives, npy_of, npz, odd_array, zipped

ROOT = Path(__file__).resolve().parents[2]
STUDY = b"""description: made
notebook: notebooks/train.ipynb
parameters: {dataset: made, updates: 3, batch: 5}
grid:
  hidden: [2, 3]
  lr: [0.1, 1e-2]
numbered: {parameter: seed, first: 1, times: 2}
"""
POINTS = b"""notebook: notebooks/train.ipynb
parameters: {dataset: made}
points: {function: "twolayer.analysis.selection:finalists", search: search, count: 2}
grid: {seed: [1]}
"""
YAML = [
    b"2020-13-45", b"2020-01-01", b"!!int x", b"!!python/object/apply:os.system [true]", b"&a [*a]", b"&a", b"*a",
    b"<<: *a", b"1:30", b"0100", b"0x10", b".nan", b"-.inf", b"1e999", b"[", b"{", b"]", b"}", b": ", b"- ", b"? ",
    b"|\n", b"> ", b"%YAML 1.1\n", b"--- ", b"...", b"!!binary x", b"!!timestamp 1", b"!!float x", b"!!bool x",
    b"!!set {a}", b"!!omap [a]", b"!!null x", b"~", b"yes", b"\t", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\n", b"'",
    b'"', b"#", b"[" * 5000, b"{a: " * 2000, b"- " * 3000, b"9" * 5000, b"&a [x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n",
    b"null: 1\n", b"1: 2\n", b"[a]: 2\n", b"{a: 1}: 2\n", b"dataset: made\n", b"output: x\n", b"hidden: -1\n",
    b"protocol: homework\n", b"../../etc/passwd", b"/dev/zero", b"/dev/stdin", b"notebooks",
]  # fmt: skip
BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (name, name, b",".join([b"*%c" % (name - 1)] * 9)) for name in range(ord("b"), ord("k"))
)


def _yaml_of(names, known):
    """Return mappings in JSON's notation, which is YAML: keys that are known, values that may be anything."""
    return in_json(st.dictionaries(st.sampled_from(names), plain() | st.sampled_from(known), max_size=len(names)))


def study():
    """Return inputs for whatever reads a study's file."""
    names = ["description", "notebook", "parameters", "points", "grid", "numbered", "other"]
    known = ["notebooks/train.ipynb", "notebooks", {"hidden": [1, 1.0]}, {"lr": [0.1, "x", None]}, {"dataset": "made"}]
    known += [{"parameter": "seed"}, {"function": "os:system"}, {"function": "no.such:thing"}]
    raw = edited([STUDY, POINTS, BOMB + STUDY], YAML) | nonsense(b"grid: ")
    return worded([STUDY, POINTS], YAML) | worded([STUDY, POINTS], YAML) | _yaml_of(names, known) | raw


def report():
    """Return inputs for whatever reads a report's description."""
    known = [{"default": {}}, {"default": None}, {"default": {"studies": 1}}, {"default": {"overrides": []}}, ["x"]]
    text = (ROOT / "report" / "report.yaml").read_bytes()
    whole = st.fixed_dictionaries({name: plain() | st.sampled_from(known) | st.just("x") for name in KEYS})
    odd = in_json(whole) | _yaml_of([*KEYS, *OPTIONAL], known)
    return worded([text], YAML) | worded([text], YAML) | odd | edited([text, BOMB], YAML) | nonsense()


def assignments():
    """Return inputs for what is typed as PARAMS: texts."""
    odd = ["0x10", "1_0", "nan", "-inf", "1e999", "9" * 5000, "'", '"', "\\", "`x`", "$(x)", "٣"]
    value = plain().map(str) | st.sampled_from(odd)
    word = st.builds("{}={}".format, st.sampled_from([*PARAMETERS, "output", "hiden", ""]), value)
    text = st.lists(word, max_size=3).map(" ".join) | st.text(max_size=30)
    return text.map(lambda one: one.encode("utf-8", "surrogatepass"))


def papermill():
    """Return inputs for what papermill gives to a notebook: JSON, in which NaN and Infinity are numbers."""
    names = st.sampled_from([*PARAMETERS, "hiden", "output", "In", "class"])
    own = [one.default for one in PARAMETERS.values()]
    values = plain() | st.sampled_from([value for value in own if isinstance(value, str | int | float)])
    return in_json(st.dictionaries(names, values, max_size=4))


RESULT = {
    "summary": "test 0.9", "status": "ok", "reason": None, "parameters": {"dataset": "made", "hidden": 3, "lr": 0.1},
    "accuracy": {"train": 0.9, "validation": 0.8, "test": 0.9}, "loss": {"train": 0.1, "validation": 0.2, "test": 0.1},
    "best_update": 3, "updates": 3, "dead_fraction": 0.0, "seconds": {"training": 1.0}, "data": {},
}  # fmt: skip
LISTED = {"runs": ["one"]}
JSON = [b"[" * 3000, b'{"a":' * 3000, b"9" * 5000, b"NaN", b"Infinity", b"1e999", b"null", b"\xff", b"\x00", b"-0"]
JSON += [b'"\\ud800"', b"{}", b"[]"]


def results():
    """Return inputs for whatever reads finished runs: which file, and what is in it."""
    history = zipped([(f"{name}.npy", npy_of(np.arange(3.0))) for name in ("update", "lr", "train_loss")])

    def texts(valid):
        text = json.dumps(valid).encode()
        odd = st.dictionaries(st.sampled_from(list(valid)), plain(), max_size=2).map(lambda one: valid | one)
        return worded([text], JSON) | edited([text], JSON) | in_json(odd | plain()) | nonsense()

    return chosen({0: texts(RESULT), 1: texts(LISTED), 2: edited([history]) | archives() | npz()})


EXAMINED = Configuration.resolve(dataset="made", hidden=4, updates=5).as_dict()
LOOKS = ("update", "dead_fraction", "validation_accuracy", "validation_loss", "train_accuracy")
ROWS = {name: np.arange(3.0) for name in LOOKS} | {name: np.ones(5) for name in ("batch_loss", "lr")}


def rows(changed=()):
    """Return a learning curve as a file, with other arrays in it."""
    return zipped([(f"{name}.npy", npy_of(row)) for name, row in (ROWS | dict(changed)).items()])


def examined():
    """Return inputs for what says how a run is: which of its files, and what is in it."""
    result = RESULT | {"parameters": EXAMINED}
    values = st.dictionaries(st.sampled_from(list(EXAMINED)), plain(), max_size=2).map(lambda one: EXAMINED | one)
    others = st.dictionaries(st.sampled_from(list(RESULT)), plain(), max_size=2).map(lambda one: result | one)
    results = in_json(values.map(lambda one: RESULT | {"parameters": one}) | others)
    row = st.sampled_from(list(ROWS)).flatmap(lambda name: odd_array(ROWS[name]).map(lambda odd: {name: odd}))
    return chosen({0: results, 1: row.map(rows) | row.map(rows) | edited([rows()]) | archives(), 2: npz()})
