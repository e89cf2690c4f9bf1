"""Data sets as people have them: files by other names, labels that do not begin at 0, images stored transposed."""

import gzip
import struct

import numpy as np
import pytest

from conftest import made_files
from twolayer import __main__ as command
from twolayer.data import mnist, sources
from twolayer.data.folder import role
from twolayer.data.idx import DataError, encode


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOLAYER_DATA", str(tmp_path / "fresh"))
    return tmp_path / "fresh"


def put(folder, files):
    """Write files, by their names below `folder`."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(gzip.compress(content) if ".gz" in name or "(1)" in name else content)
    return folder


NAMES = {
    "as they are": list(mnist.FILES),
    "gzipped": [f"{file}.gz" for file in mnist.FILES],
    "unpacked": [file.replace("-idx", ".idx") for file in mnist.FILES],
    "downloaded twice": [f"{file} (1).gz" for file in mnist.FILES],
    "test for t10k": [file.replace("t10k", "test") for file in mnist.FILES],
    "a prefix": [f"own-{file}.gz".replace("t10k", "test") for file in mnist.FILES],
    "a folder a file": [f"{file}/{file.replace('-idx', '.idx')}" for file in mnist.FILES],
    "in capitals": [file.upper() for file in mnist.FILES],
    "underscores": [file.replace("-", "_") for file in mnist.FILES],
}


@pytest.mark.parametrize("kind", NAMES)
def test_files_are_known_by_whatever_names_they_came(tmp_path, empty, kind):
    files = made_files()
    put(tmp_path / "mine", dict(zip(NAMES[kind], files.values(), strict=True)))
    data = sources.fetch("own", tmp_path / "mine", say=lambda sentence: None)
    assert {name: (empty / "own" / name).read_bytes() for name in mnist.FILES} == files
    assert data.classes == (0, 1, 2)


@pytest.mark.parametrize(
    ("name", "file", "group"),
    [
        ("emnist-letters-train-images-idx3-ubyte.gz", 0, "emnist-letters"),
        ("emnist-byclass-test-labels-idx1-ubyte", 3, "emnist-byclass"),
        ("qmnist-test-labels-idx2-int.gz", 3, "qmnist"),
        ("train-labels.idx1-ubyte", 1, ""),
    ],
)
def test_names_say_which_file_of_which_set(tmp_path, name, file, group):
    assert role(tmp_path / name) == (mnist.FILES[file], group)


@pytest.mark.parametrize("name", ["README.md", "emnist-letters-mapping.txt", "train.csv", "images.zip"])
def test_other_names_are_no_files_of_a_set(tmp_path, name):
    assert role(tmp_path / name) is None


def test_of_several_sets_the_one_with_the_wanted_name_is_taken(tmp_path, empty):
    one, other = made_files(), made_files(seed=1, classes=4)
    for prefix, files in (("emnist-digits", one), ("emnist-mnist", other)):
        put(tmp_path, {f"{prefix}-{name.replace('t10k', 'test')}": content for name, content in files.items()})
    with pytest.raises(DataError, match="several sets, emnist-digits, emnist-mnist: name one by DATASET=NAME"):
        sources.fetch("mine", tmp_path, say=print)
    assert sources.fetch("emnist-mnist", tmp_path, say=print).n_classes == 4


def test_where_files_are_missing_what_was_found_is_said(tmp_path, empty):
    put(tmp_path, dict(list(made_files().items())[:3]) | {"notes.txt": b"mine"})
    with pytest.raises(DataError, match=r"holds no test labels \(t10k-labels-idx1-ubyte\).*found: notes.txt, t10k"):
        sources.fetch("own", tmp_path, say=print)


def test_two_files_of_one_role_may_be_copies_and_nothing_else(tmp_path, empty):
    files = made_files()
    put(tmp_path, files | {f"{mnist.FILES[0]} (1).gz": files[mnist.FILES[0]]})
    assert sources.fetch("own", tmp_path, say=print).n_classes == 3
    put(tmp_path, {"train-images-idx3-ubyte.gz": made_files(seed=5)[mnist.FILES[0]]})
    with pytest.raises(DataError, match="are all named as training images, and differ"):
        sources.fetch("own", tmp_path, say=print)


def relabelled(change, files=None):
    """Return the made files with other labels: `change` takes and returns an array."""
    files = files or made_files()
    for name in mnist.FILES[1::2]:
        labels = np.frombuffer(files[name], np.uint8, offset=8)
        files[name] = encode(change(labels).astype(np.uint8))
    return files


def test_letters_from_1_are_classes_named_by_their_labels(tmp_path, empty):
    put(tmp_path, relabelled(lambda labels: labels + 1))
    data, said = sources.fetch("letters", tmp_path, say=print), mnist.remarks(mnist.load("letters"))
    assert (data.classes, data.class_names, data.n_classes) == ((1, 2, 3), ("1", "2", "3"), 3)
    assert data.train_labels.max() == 2 and data.part("test")[1].tolist()[:4] == [0, 1, 2, 0]
    assert said == ["its labels go from 1 to 3: 3 classes, named by their labels"]


def test_a_label_that_no_image_has_is_no_class(tmp_path, empty):
    put(tmp_path, relabelled(lambda labels: np.array([0, 4, 2])[labels]))
    data = sources.fetch("own", tmp_path, say=print)
    assert data.class_names == ("0", "2", "4") and data.train_labels[:3].tolist() == [0, 2, 1]
    assert mnist.remarks(data) == ["its labels go from 0 to 4 without 1, 3: 3 classes, named by their labels"]
    assert mnist.load("own").classes == (0, 2, 4)  # remembered


def test_the_label_that_marks_no_class_is_refused(tmp_path, empty):
    put(tmp_path, relabelled(lambda labels: np.where(labels == 2, 255, labels)))
    with pytest.raises(DataError, match="label 255 marks images without a class"):
        sources.fetch("own", tmp_path, say=print)


def test_a_class_that_only_the_test_set_has_is_refused(tmp_path, empty):
    files = made_files()
    files[mnist.FILES[3]] = encode(np.full(60, 9, np.uint8))
    put(tmp_path, files)
    with pytest.raises(DataError, match="some of its labels are not among the training set's classes, "):
        sources.fetch("own", tmp_path, say=print)


def test_blank_images_are_counted_and_a_set_of_them_is_refused(tmp_path, empty):
    files = made_files()
    images = np.frombuffer(files[mnist.FILES[0]], np.uint8, offset=16).reshape(200, 6, 6).copy()
    images[:3] = 0
    put(tmp_path, files | {mnist.FILES[0]: encode(images)})
    data = sources.fetch("own", tmp_path, say=print)
    assert mnist.remarks(data) == ["3 of the 200 training images are blank"]
    put(tmp_path, {mnist.FILES[0]: encode(np.full_like(images, 7))})
    with pytest.raises(DataError, match="all of its images are blank"):
        sources.fetch("other", tmp_path, say=print)


@pytest.mark.parametrize(
    ("prefix", "transpose", "turned"),
    [("emnist-letters-", None, True), ("", None, False), ("", True, True), ("emnist-x-", False, False)],
)
def test_images_that_are_stored_transposed_are_turned_upright(tmp_path, empty, prefix, transpose, turned):
    files, said = made_files(), []
    put(tmp_path, {prefix + name: content for name, content in files.items()})
    data = sources.fetch("own", tmp_path, say=said.append, transpose=transpose)
    images = np.frombuffer(files[mnist.FILES[0]], np.uint8, offset=16).reshape(200, 6, 6)
    assert np.array_equal(data.train_images, images.transpose(0, 2, 1) if turned else images)
    assert any("EMNIST stores them transposed" in line for line in said) == turned


def test_labels_of_several_columns_have_the_class_in_the_first(tmp_path, empty):
    files = made_files()
    for name in mnist.FILES[1::2]:
        labels = np.frombuffer(files.pop(name), np.uint8, offset=8)
        table = np.column_stack([labels, np.arange(len(labels)) * 1000]).astype(">i4")
        kind = "test" if "t10k" in name else "train"
        files[f"qmnist-{kind}-labels-idx2-int"] = b"\0\0\x0c\x02" + struct.pack(">2I", *table.shape) + table.tobytes()
    put(tmp_path, files)
    assert sources.fetch("own", tmp_path, say=print).train_labels[:4].tolist() == [0, 1, 2, 0]


def test_verified_is_said_of_known_hashes_alone(made, monkeypatch, capsys):
    assert command.main(["data", "--dataset", "made"]) == 0
    assert capsys.readouterr().out.endswith("3 classes, SHA-256 noted, as there is none to compare it with\n")
    monkeypatch.setitem(mnist.KNOWN, "made", tuple(mnist.load("made").hashes.values()))
    assert command.main(["data", "--dataset", "made"]) == 0
    assert capsys.readouterr().out.endswith("3 classes, SHA-256 verified\n")


def test_transpose_says_something_about_a_folder(made, capsys):
    assert command.main(["data", "--dataset", "made", "--transpose", "yes"]) == 2
    assert "give both" in capsys.readouterr().err
    assert command.main(["data", "--dataset", "made", "--transpose", "maybe"]) == 2
    assert "TRANSPOSE must be yes or no, not 'maybe'" in capsys.readouterr().err
