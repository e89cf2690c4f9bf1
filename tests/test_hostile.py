"""Files that somebody made to do harm, or that came damaged: a sentence, in bounded time and memory, and no more."""

import gzip
import io
import json
import os
import struct
import threading
import tracemalloc
import warnings
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from twolayer import InputError, arrays
from twolayer import __main__ as command
from twolayer.data import mnist, sources
from twolayer.data.idx import LARGEST, DataError, class_column, encode, memory_map, read_bytes, transposed
from twolayer.data.scaling import Scaling
from twolayer.network import TwoLayerNet
from twolayer.network.model_file import ModelFileError, save_model
from twolayer.network.others import FOLDER, load_any
from twolayer.page import picture_file
from twolayer.page.picture_file import PictureError
from twolayer.runs import records

MIB = 1 << 20


def idx_head(*sizes, kind=8):
    return bytes([0, 0, kind, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes)


def refusal(function, *arguments):
    """Return the sentence of a refusal, and how many bytes Python allocated at most on the way to it."""
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as caught:
            function(*arguments)
        return str(caught.value), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture
def unpacked(tmp_path):
    """Write bytes to a file; return its path."""

    def write(content, name="thing"):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


# IDX


@pytest.mark.parametrize(
    "sizes", [(2**31, 2**31, 4), (2**32 - 1, 2**32 - 1, 2**32 - 1), (2**31, 2**31, 2**2), (641, 6700417, 2**32 - 1)]
)
def test_sizes_whose_product_has_more_than_64_bits_are_no_small_ones(unpacked, sizes):
    wrapped = int(np.prod(sizes, dtype=np.int64))
    content = idx_head(*sizes) + bytes(max(0, wrapped) if wrapped < MIB else 0)
    for read in (memory_map, read_bytes):
        with pytest.raises(DataError, match=f"thing: cut short: .* asks for {16 + int(np.prod(sizes, dtype=object))}"):
            read(unpacked(content))
    with pytest.raises(DataError, match="cut short"):
        transposed(content, "thing")


@pytest.mark.parametrize("sizes", [(60, 0, 6), (0,), (0, 6, 6), (60, 6, 0), (2**32 - 1, 2**32 - 1, 0)])
def test_a_file_of_nothing_is_no_data(unpacked, sizes):
    path = unpacked(idx_head(*sizes))
    for read in (
        memory_map,
        read_bytes,
        lambda path: read_bytes(unpacked(gzip.compress(path.read_bytes()), "thing.gz")),
    ):
        with pytest.raises(DataError, match="thing.*: there is nothing in it: its header says"):
            read(path)
    with pytest.raises(DataError, match="there is nothing in it"):
        class_column(idx_head(0, 8, kind=0x0C), "thing")


def test_images_of_no_pixels_are_no_data_set(made, tmp_path, monkeypatch):
    for file in mnist.FILES[::2]:
        count = memory_map(made / file).shape[0]
        (made / file).write_bytes(idx_head(count, 0, 6))
    monkeypatch.setenv("TWOLAYER_DATA", str(tmp_path / "fresh"))
    with pytest.raises(DataError, match="images-idx3-ubyte: there is nothing in it"):
        sources.fetch("own", made, say=lambda sentence: None)


def grown(head, mib):
    """Return a gzip stream of `head` and so many MiB of zeros."""
    return gzip.compress(head) + mib * gzip.compress(bytes(MIB))


def test_of_a_stream_that_grows_no_more_is_read_than_its_header_asks_for(unpacked):
    labels = encode(np.arange(10, dtype=np.uint8))
    path = unpacked(grown(labels, 200), "labels.gz")
    words, peak = refusal(read_bytes, path)
    assert "labels.gz: too long: its header (10,) asks for 18 bytes, and more follow" in words and peak < 4 * MIB
    words, peak = refusal(read_bytes, unpacked(grown(idx_head(2**16, 2**8, 2**8), 1), "images.gz"))
    assert f"asks for {2**32 + 16} bytes, and {LARGEST} are the most: unpack it" in words and peak < 4 * MIB
    words, _ = refusal(read_bytes, unpacked(gzip.compress(idx_head(9, 9, 9) + bytes(728)), "images.gz"))
    assert "cut short: 744 bytes, where its header (9, 9, 9) asks for 745" in words
    assert read_bytes(unpacked(gzip.compress(labels), "labels.gz")) == labels


@pytest.mark.parametrize(
    "content", [b"<!doctype html><title>Log in</title>", b"", b"\0", bytes(4), b"\0\0\x0d\1\0\0\0\1."]
)
def test_what_is_no_idx_is_refused_where_it_is_read(unpacked, content):
    for path in (unpacked(content), unpacked(gzip.compress(content), "thing.gz")):
        with pytest.raises(DataError, match="thing.*: not an IDX file"):
            read_bytes(path)


@pytest.mark.parametrize("record", ["[" * 100_000, '{"hashes": {}, "classes": [], "stamp": []}', "[]", "1"])
def test_a_damaged_note_of_what_was_verified_counts_for_nothing(made, record):
    hashes = mnist.load("made").hashes
    (made / "verified.json").write_text(record, encoding="utf-8")
    assert mnist.load("made").hashes == hashes


@pytest.mark.parametrize("classes", [[0, 1, 300], ["0"], [[0]], [-1, 0, 1], [0.5]])
def test_classes_noted_that_can_be_none_count_for_nothing(made, classes):
    mnist.load("made")
    record = json.loads((made / "verified.json").read_text(encoding="utf-8"))
    (made / "verified.json").write_text(json.dumps(record | {"classes": classes}), encoding="utf-8")
    assert mnist.load("made").classes == (0, 1, 2)


def test_a_name_that_no_folder_can_have_is_refused(made):
    with pytest.raises(DataError, match="dataset must be .*50 letters"):
        mnist.load("a" * 300)


# What is no file


def within(seconds, function):
    """Return the sentence with which a function refuses; fail if it has not after a while, as what waits for ever."""
    found = []

    def call():
        try:
            function()
        except InputError as error:
            found.append(str(error))

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(seconds)
    assert found, "it waits" if thread.is_alive() else "it does not refuse"
    return found[0]


READERS = {
    "idx": memory_map,
    "idx.gz": read_bytes,
    "npz": load_any,
    "safetensors": load_any,
    "png": picture_file.read,
    "history.npz": lambda path: records.read_history(path.parent, path.name),
}


@pytest.mark.parametrize("ending", READERS)
def test_a_pipe_a_device_a_socket_and_no_name_are_no_files(tmp_path, ending):
    os.mkfifo(tmp_path / f"pipe.{ending}")
    (tmp_path / f"zero.{ending}").symlink_to("/dev/zero")
    (tmp_path / f"loop.{ending}").symlink_to(f"loop.{ending}")
    for name in ("pipe", "zero"):
        path = tmp_path / f"{name}.{ending}"
        said = within(30, lambda path=path: READERS[ending](path))
        assert str(path) in said and "not a regular file" in said
    for name in ("loop", "a" * 300, "null\0"):
        assert "\n" not in within(30, lambda name=name: READERS[ending](tmp_path / f"{name}.{ending}"))


def test_the_homeworks_folder_and_the_result_of_a_run_are_read_from_files(tmp_path, network):
    folder = folder_of(tmp_path / "model_save", network)
    (folder / FOLDER["b1"]).unlink()
    os.mkfifo(folder / FOLDER["b1"])
    assert "fc1_Bias.npy is not an array of numbers (not a regular file)" in within(30, lambda: load_any(folder))
    os.mkfifo(tmp_path / "result.json")
    assert "result.json cannot be read (not a regular file)" in within(30, lambda: records.read_result(tmp_path))


# Networks


@pytest.fixture
def network():
    return TwoLayerNet.initialized(36, 8, 3, np.random.default_rng(0)).params


def folder_of(path, params):
    path.mkdir()
    for name, array in params.items():
        np.save(path / FOLDER[name], array)
    return path


def npy(header, content=b"", version=1):
    """Return a `.npy` file of a header as it stands."""
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + content


def described(shape, descr="'<f4'"):
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()


HEADERS = {
    "TokenError": b"(" * 300,
    "brackets of two kinds": b"[{(" * 99,
    "SyntaxError": described("(4L, 'x)"),
    "indentation": b"{\n  1\n 2",
    "OverflowError": described(f"({2**63}, {2**63})"),
    "no end beside nothing": described(f"(0, {2**63})"),
    "MemoryError": described("(" + "(" * 199 + ")" * 199 + ",)"),
    "RecursionError": described("-" * 5000 + "1"),
    "a terabyte": described("(2**40,)"),
    "a terabyte in numbers": described(f"({2**40},)"),
    "negative sizes": described("(-36, -8)"),
    "65 dimensions": described("(" + "1," * 65 + ")"),
    "floats": described("(36.0, 8)"),
    "objects": described("(36, 8)", "'|O'"),
    "records": described("(36, 8)", "[('a', '<f4')]"),
    "arrays of arrays": described("(36,)", "('<f4', (8,))"),
    "texts of no length": described("(36, 8)", "'<U0'"),
    "texts of a gigabyte": described("(1,)", "'<U999999999'"),
    "null bytes": b"{'descr': '\0', 'fortran_order': False, 'shape': ()}",
    "not a dict": b"1",
}


@pytest.mark.parametrize("kind", HEADERS)
@pytest.mark.parametrize("version", [1, 2, 3])
def test_headers_that_are_none_are_refused_with_the_file_that_has_them(tmp_path, network, kind, version):
    content = npy(HEADERS[kind], network["W1"].tobytes(), version)
    folder = folder_of(tmp_path / "model_save", network)
    (folder / FOLDER["W1"]).write_bytes(content)
    with warnings.catch_warnings(action="ignore"):
        words, peak = refusal(load_any, folder)
        assert f"{FOLDER['W1']} is not an array of numbers (" in words and peak < 8 * MIB
        words, peak = refusal(load_any, archive_of(tmp_path, network, {"W1.npy": content}))
        assert "model.npz is not a model file" in words and "W1: " in words and peak < 8 * MIB


def test_a_header_longer_than_any_is_not_read(tmp_path, network):
    folder = folder_of(tmp_path / "model_save", network)
    with open(folder / FOLDER["W2"], "wb") as file:  # 200 MiB of nothing, which take no room on the disk
        file.write(b"\x93NUMPY\2\0" + struct.pack("<I", 200 * MIB - 12))
        file.truncate(200 * MIB)
    assert refusal(load_any, folder)[1] < MIB


def archive_of(folder, network, changed, method=zipfile.ZIP_STORED, name="model.npz"):
    """Write a model of ours with some members changed, byte for byte."""
    members = {}
    for key, value in (network | {"input_scale": "raw", "input_shift": 0.0, "input_factor": 1.0}).items():
        buffer = io.BytesIO()
        np.save(buffer, value)
        members[f"{key}.npy"] = buffer.getvalue()
    with zipfile.ZipFile(folder / name, "w", method) as archive:
        for key, content in (members | changed).items():
            archive.writestr(key, content)
    return folder / name


def test_what_is_packed_is_measured_before_it_is_unpacked(tmp_path, network):
    small = npy(described("(36, 8)"), bytes(64 * MIB))
    words, peak = refusal(load_any, archive_of(tmp_path, network, {"W1.npy": small}, zipfile.ZIP_DEFLATED))
    assert "W1: too long" in words and peak < 8 * MIB + len(small)  # `small` itself is not traced
    path = archive_of(tmp_path, network, {"W1.npy": npy(described(f"({2**26}, 8)"))})
    content = path.read_bytes()
    size = struct.pack("<I", len(npy(described(f"({2**26}, 8)"))))
    path.write_bytes(content.replace(size, struct.pack("<I", 2**31 + 64)))
    words, peak = refusal(load_any, path)
    assert f"and {arrays.LARGEST} are the most" in words and peak < MIB
    with pytest.raises(ModelFileError, match="packed as NumPy packs nothing"):
        load_any(archive_of(tmp_path, network, {}, zipfile.ZIP_LZMA))


def test_sizes_in_an_archive_that_are_not_true_are_found(tmp_path, network):
    path = archive_of(tmp_path, network, {}, zipfile.ZIP_DEFLATED)
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("W1.npy").file_size
    for other in (size - 4, size + 4, 0, 200, 2**29):
        path.write_bytes(content.replace(struct.pack("<I", size), struct.pack("<I", other)))
        words, peak = refusal(load_any, path)
        assert "model.npz is not a model file" in words and peak < MIB, other


@pytest.mark.parametrize(
    ("shift", "factor"),
    [(np.nan, 1.0), (np.inf, 1.0), (-np.inf, 1.0), (1e300, 1.0), (0.0, 0.0), (0.0, -1.0), (0.0, np.inf), (0.0, np.nan)]
    + [(0.0, 1e-300), (0.0, 1e300)],
)  # fmt: skip
def test_a_scaling_that_is_none_gives_no_accuracy(tmp_path, network, shift, factor):
    save_model(tmp_path / "model.npz", network, Scaling("standard", shift, factor))
    about = {"input_scale": "standard", "input_shift": str(shift), "input_factor": str(factor)}
    save_file(network, tmp_path / "model.safetensors", about)
    for name in ("model.npz", "model.safetensors"):
        with pytest.raises(
            ModelFileError, match=f"{name}: input_shift must be finite, input_factor finite and above 0"
        ):
            load_any(tmp_path / name)
    shifts = np.zeros(36)
    shifts[7] = np.nan if np.isfinite(shift) else shift
    save_model(tmp_path / "model.npz", network, Scaling("centred", shifts, 1.0))
    with pytest.raises(ModelFileError, match="input_shift must be finite"):
        load_any(tmp_path / "model.npz")


def test_such_a_scaling_ends_evaluate_with_a_sentence(made, tmp_path, network, capsys):
    save_model(tmp_path / "model.npz", network, Scaling("standard", 0.0, 0.0))
    assert command.main(["evaluate", "--model", str(tmp_path / "model.npz"), "--dataset", "made"]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: ") and said.err.count("\n") == 1 and "accuracy" not in said.out


@pytest.mark.parametrize("bad", [b"\xff\xff\xff\xff", b"\0\xd8\0\0", b"\x1b\0\0\0"], ids=["none", "half", "escape"])
@pytest.mark.parametrize("name", ["input_scale", "dataset", "classes", "dataset_sha256"])
def test_what_a_model_says_can_be_shown(tmp_path, network, name, bad):
    known = {"dataset": "made", "classes": np.array(["0", "1", "2"]), "dataset_sha256": "ab"}
    text = np.frombuffer(bad, "<U1").repeat(3 if name == "classes" else 1)
    said = known | {name: text if name == "classes" else text.reshape(())}
    path = tmp_path / "model.npz"
    np.savez(path, **network | {"input_scale": "raw", "input_shift": 0.0, "input_factor": 1.0} | said)
    for scale in (None, "raw"):
        with pytest.raises(ModelFileError, match="no text that can be shown"):
            load_any(path, scale)


def test_numbers_in_another_order_are_brought_into_ours_and_longer_ones_refused(tmp_path, network):
    for kind, loads in (
        (">f4", True),
        (">f8", True),
        ("<f2", True),
        (np.longdouble, np.dtype(np.longdouble).itemsize == 8),
    ):
        folder = folder_of(tmp_path / np.dtype(kind).name, {name: one.astype(kind) for name, one in network.items()})
        if loads:
            found = load_any(folder).net.params["W1"]
            assert found.dtype.isnative and np.array_equal(found, network["W1"].astype(kind))
        else:
            with pytest.raises(ModelFileError, match="not float64, float32 or float16"):
                load_any(folder)
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def test_arrays_are_read_as_numpy_reads_them(tmp_path):
    rng = np.random.default_rng(0)
    kinds = [rng.random((3, 4)), np.asfortranarray(rng.random((3, 4))), rng.random((2, 3, 4)).astype(np.float32)]
    kinds += [np.array("a"), np.array(["ab", ""]), np.array(3), np.zeros((0, 3)), np.arange(9000), np.array([True])]
    kinds += [np.array([1 + 2j]), np.arange(4, dtype=">i2")]
    for value in kinds:
        np.save(tmp_path / "one.npy", value)
        found = arrays.npy(tmp_path / "one.npy")
        assert found.dtype == value.dtype and np.array_equal(found, value) and found.flags.writeable
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "all.npz", **{f"a{place}": value for place, value in enumerate(kinds)})
        found = arrays.npz(tmp_path / "all.npz")
        assert all(np.array_equal(found[f"a{place}"], value) for place, value in enumerate(kinds))
        assert set(arrays.npz(tmp_path / "all.npz", ("a3", "b"))) == {"a3"}


# Runs


@pytest.mark.parametrize(
    "text", ["", "[" * 100_000, '{"parameters": NaN}', "[]", "{}", '{"parameters": []}', "\xff", "9" * 5000]
)
def test_a_result_that_is_none_is_named(tmp_path, text):
    (tmp_path / "result.json").write_bytes(text.encode("latin1"))
    with pytest.raises(
        records.RecordError, match="result.json is (damaged|not the result of a run).*run the study again"
    ):
        records.read_result(tmp_path)
    with pytest.raises(records.RecordError, match="cannot be read .No such file"):
        records.read_result(tmp_path / "none")


def test_a_history_that_is_none_is_named(tmp_path):
    for content in (b"", b"PK\3\4", npy(b"(" * 300)):
        (tmp_path / "history.npz").write_bytes(content)
        with pytest.raises(records.RecordError, match="history.npz is damaged .*run the study again"):
            records.read_history(tmp_path)


# Pictures


def png(width, height, content=b"", depth=8):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">2I5B", width, height, depth, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(content)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize("side", [8001, 10_000, 20_000, 2**31 - 1])
def test_a_picture_of_too_many_pixels_is_not_unpacked(unpacked, side):
    path = unpacked(png(side, side, bytes(1000)), "bomb.png")
    with warnings.catch_warnings(action="error"):
        words, peak = refusal(picture_file.read, path)
    assert f"more than {picture_file.LARGEST} pixels: make it smaller" in words and peak < 8 * MIB


def test_a_part_that_claims_to_be_larger_than_its_file_takes_no_memory(unpacked):
    content = png(12, 12, bytes(13 * 12))
    path = unpacked(content[:-12] + struct.pack(">I", 2**30) + b"IDATx", "claims.png")
    words, peak = refusal(picture_file.read, path)
    assert "claims.png is not a picture that can be read" in words and peak < 4 * MIB


def test_a_picture_file_of_too_many_bytes_is_not_read(unpacked, monkeypatch):
    monkeypatch.setattr(picture_file, "LARGEST_FILE", 50)
    assert (
        "has more than 50 bytes: make it smaller"
        in refusal(picture_file.read, unpacked(png(9, 9, bytes(90)), "a.png"))[0]
    )


def test_only_kinds_that_are_named_are_read(unpacked):
    """Pillow gives PostScript to another program."""
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "EPS")
    for content in (buffer.getvalue(), b"P5 2 2 255 1234", png(0, 5)):
        with pytest.raises(PictureError, match="is not a picture that can be read"):
            picture_file.read(unpacked(content, "one.png"))


def test_pixels_that_are_no_numbers_are_paper_or_ink_without_a_warning(tmp_path):
    values = np.full((12, 12), 200, np.float32)
    values[3:9, 5:7] = np.nan
    values[0, 0], values[0, 1] = np.inf, -np.inf
    Image.fromarray(values).save(tmp_path / "one.tiff")
    with warnings.catch_warnings(action="error"):
        pixels = picture_file.read(tmp_path / "one.tiff")
    assert pixels[5, 5].tolist() == [0, 0, 0] and pixels[11, 11].tolist() == [200, 200, 200]


def test_whatever_byte_of_a_picture_is_damaged_there_are_pixels_or_a_sentence(tmp_path):
    refused, tried = 0, 0
    ink = np.full((12, 12), 255, np.uint8)
    ink[2:10, 5:7] = 0
    for kind in picture_file.FORMATS:
        path = tmp_path / f"one.{kind.lower()}"
        Image.fromarray(ink).save(path, kind)
        content = path.read_bytes()
        for place in range(0, len(content), 5):
            path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
            tried += 1
            try:
                assert picture_file.read(path).shape[2] == 3
            except PictureError:
                refused += 1
    assert tried > 300 and refused > 30
