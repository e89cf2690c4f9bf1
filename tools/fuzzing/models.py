"""Inputs that are networks: NumPy's files, one by one or in an archive, and safetensors."""

import io
import json
import struct
import warnings
import zipfile

import numpy as np
from hypothesis import strategies as st
from safetensors.numpy import save

from twolayer.network.others import FOLDER, TORCH

from .edits import WIDE, ZEROS, chosen, edited, nonsense, plain, rare

RNG = np.random.default_rng(0)


def network():
    """Return the arrays of a small network by name."""
    shapes = {"W1": (6, 4), "b1": (4,), "W2": (4, 3), "b2": (3,)}
    return {name: RNG.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}


def npy_of(array):
    """Return the bytes of an array as a `.npy` file."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), allow_pickle=True)
    return buffer.getvalue()


DESCR = ["<f4", "<f8", ">f4", "<f2", "<f16", "<c8", "|O", "<U3", "<U999999999", "|S0", "<M8[s]", "<f4, <f4", "f"]
DESCR += ["(9,)f4", "<i4", "|V3", "|b1", "", "\0", "<f3", "9" * 5000]
ODD = ["[('a', '<f4')]", "('<f4', (2,))", "None", "1", "'<f4' * 99", "(" * 300, "{" * 100, "1e999", "-" * 5000]
ODD += ["\n\\x", "'''"]
SHAPES = ["(4,)", "(6, 4)", "()", "(0,)", "(-1,)", "(24,)", "(3,)", "(99999999999,)", f"({2**63},)", "(2**40,)"]
SHAPES += [
    "(4L,)",
    "(-6, -4)",
    f"({2**32}, {2**32})",
    f"({2**62}, 4)",
    "(True,)",
    "(" + "1," * 65 + ")",
    f"(0, {2**63})",
    "(1.0,)",
    "[4]",
]


@st.composite
def headed_npy(draw):
    """Return a `.npy` file with a header of odd pieces and a few numbers."""
    descr = draw(st.sampled_from(DESCR).map(repr) | st.sampled_from(ODD))
    order = draw(st.sampled_from(["False", "True", "None", "1"]))
    shape = draw(st.sampled_from(SHAPES) | st.sampled_from(ODD) | st.lists(st.sampled_from(WIDE)).map(str))
    texts = ["{{'descr': {0}, 'fortran_order': {1}, 'shape': {2}, }}", "{{'descr': {0}, 'shape': {2}}}", "{0}"]
    text = draw(st.sampled_from([*texts[:1], *texts]))
    head = text.format(descr, order, shape).encode()
    version = draw(st.sampled_from([1, 1, 2, 3, 4, 0]))
    length = struct.pack("<H" if version == 1 else "<I", min(len(head) + draw(st.sampled_from([0, 0, 1, 9999])), 65535))
    numbers = RNG.standard_normal(draw(st.sampled_from([24, 3, 12, 4, 0]))).astype(np.float32).tobytes()
    return b"\x93NUMPY" + bytes([version, 0]) + length + head + numbers


def odd_array(like):
    """Return arrays that are nearly the one of that shape: another type, shape, or value."""
    shape = np.shape(like)
    shapes = [shape, shape[::-1], (*shape, 1), shape[:-1], (0, *shape), (1, *shape)]
    values = [0.0, np.nan, np.inf, -np.inf, -1.0, 1e-320, 1e300, 3.5]
    kinds = ["<f4", "<f8", ">f8", "<f2", "longdouble", "<i8", "|u1", "<c16", "<U4", "|S2", "?"]

    def made(shape, value, kind):
        with np.errstate(all="ignore"):
            return np.full(shape, value).astype(kind, casting="unsafe")

    return st.builds(made, st.sampled_from(shapes), st.sampled_from(values), st.sampled_from(kinds))


def npy(like):
    """Return inputs for whatever reads a `.npy` file that is to hold an array such as `like`."""
    valid = [npy_of(like), npy_of(np.asfortranarray(like)), npy_of(np.asarray([{}], object))]
    return st.one_of(edited(valid), headed_npy(), odd_array(like).map(npy_of), nonsense(b"\x93NUMPY\1\0"))


def npy_folder():
    """Return inputs for the homework's folder: which of its files, and what is in it."""
    return chosen({place: npy(network()[name]) for place, name in enumerate(FOLDER)})


ABOUT = {"input_scale": "standard", "input_shift": 33.0, "input_factor": 0.01}
KNOWN = {"dataset": "made", "classes": ["0", "1", "2"], "dataset_sha256": "ab"}


def zipped(members, method=zipfile.ZIP_STORED):
    """Return a zip archive of members, pairs of a name and bytes."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def packed_zeros(shape, name="W1"):
    """Return a model whose first weights are zeros that take no room in it, as many as a header wants or fewer."""
    head = npy_of(np.zeros((0, 1), np.float32)).replace(b"(0, 1)", str(shape).encode())
    return zipped([*_members({name: head + bytes(ZEROS)})], zipfile.ZIP_DEFLATED)


def _members(changed):
    arrays = {name: npy_of(array) for name, array in (network() | ABOUT | KNOWN).items()}
    return [(f"{name}.npy", content) for name, content in (arrays | changed).items()]


@st.composite
def archives(draw):
    """Return model files with one member that is another than it should be."""
    valid = {name: np.asarray(array) for name, array in (network() | ABOUT | KNOWN).items()}
    name = draw(st.sampled_from(list(valid)))
    odd_text = st.sampled_from(["\ud800", "x" * 5000, "\x1b[2J", "../..", "", "raw", "centred"]).map(np.asarray)
    bad_text = st.sampled_from([b"\xff\xff\xff\xff", b"\0\0\0\x80"]).map(lambda raw: np.frombuffer(raw, "<U1")[0:1])
    content = draw(npy(valid[name]) | (odd_text | bad_text | odd_array(valid[name])).map(npy_of))
    members = _members({name: content})
    if draw(st.integers(0, 9)) == 0:
        members += draw(st.lists(st.sampled_from(members), max_size=2)) + [("W1", b"x")]
    if draw(st.integers(0, 9)) == 0:
        members = members[draw(st.integers(0, 9)) :]
    return zipped(members, draw(st.sampled_from([0, 0, 0, 8, 12, 14])))


def valid():
    """Return a model of ours as a file."""
    return zipped(_members({}))


def npz():
    """Return inputs for whatever reads a model of ours."""
    whole = [valid(), zipped(_members({}), zipfile.ZIP_DEFLATED)]
    bombs = [packed_zeros((1 << 40, 4)), packed_zeros((4, 1 << 22)), packed_zeros((6, 4))]
    few = rare(bombs, edited(whole))
    raw = edited(whole, [b"PK\1\2", b"PK\3\4", b"PK\5\6", b".npy"]) | nonsense(b"PK\3\4")
    return archives() | archives() | raw | few


@st.composite
def safetensors_headers(draw):
    """Return safetensors files whose header has odd pieces."""
    names = draw(st.sampled_from([list(network()), list(TORCH.values()), ["W1"], []]))
    tensors, end = {}, 0
    sizes = {"W1": [6, 4], "b1": [4], "W2": [4, 3], "b2": [3], "0.weight": [4, 6], "2.weight": [3, 4], "0.bias": [4]}
    for name in names:
        shape = sizes.get(name, [3])
        start, end = end, end + 4 * int(np.prod(shape))
        tensors[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    if draw(st.booleans()) and names:
        one = tensors[draw(st.sampled_from(names))]
        key = draw(st.sampled_from(list(one)))
        kinds = st.sampled_from(["F16", "BF16", "F64", "I64", "F8_E4M3", "C64", "F4", "U8", "BOOL", "X", ""])
        one[key] = draw(kinds | st.lists(st.sampled_from(WIDE) | st.integers(-1, 9), max_size=3) | plain())
    said = {"input_scale": "unit", "input_shift": "0", "input_factor": "1"} | {"dataset": "a", "classes": "a\nb\nc"}
    odd = ["nan", "inf", "0", "-1", "1e999", "1e-400", "", "1_0", "x\x1b", "\u0660", "raw", "centred"]
    words = st.sampled_from(odd)
    said |= {"dataset_sha256": ""} | draw(st.dictionaries(st.sampled_from(list(said)), words, max_size=2))
    if draw(st.booleans()):
        tensors["__metadata__"] = said if draw(st.integers(0, 5)) else draw(plain())
    head = json.dumps(tensors).encode()
    length = len(head) if draw(st.integers(0, 5)) else draw(st.sampled_from(WIDE))
    return struct.pack("<Q", length % 2**64) + head + RNG.standard_normal(end // 4).astype(np.float32).tobytes()


def safetensors():
    """Return inputs for whatever reads a network as safetensors."""
    arrays = {torch: np.ascontiguousarray(network()[name].T) for name, torch in TORCH.items()}
    about = {"input_scale": "unit", "input_shift": "0", "input_factor": "1"}
    valid = [save(network()), save(arrays), save(network(), about)]
    raw = edited(valid, [b'"F16"', b"[", b"{", b'"__metadata__"']) | nonsense(b"\x08" + bytes(7) + b"{")
    return safetensors_headers() | raw
