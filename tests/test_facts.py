"""What a page says that it was built with."""

import subprocess

import pytest

from nbreport import facts


def git(folder, *words):
    named = ("-c", "user.name=A", "-c", "user.email=a@b.org", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", "-C", folder, *named, *words], check=True, capture_output=True, encoding="utf-8"
    ).stdout


@pytest.fixture
def checkout(tmp_path):
    git(tmp_path, "init", "--quiet")
    (tmp_path / "file").write_text("1", encoding="utf-8")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    return tmp_path


def test_the_commit_and_whether_files_were_changed_since(checkout):
    head = git(checkout, "rev-parse", "HEAD")[:12]
    (checkout / "built").write_text("no file of the project", encoding="utf-8")
    assert facts.commit(checkout) == head
    (checkout / "file").write_text("2", encoding="utf-8")
    assert facts.commit(checkout) == f"{head} and changes"


def test_what_lies_in_another_projects_checkout_has_no_commit(checkout, tmp_path_factory):
    (checkout / "inside").mkdir()
    assert facts.commit(checkout / "inside") == facts.UNKNOWN == facts.commit(tmp_path_factory.mktemp("none"))


def test_without_git_there_is_no_commit(checkout, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert facts.commit(checkout) == facts.UNKNOWN


def test_facts_are_words_in_the_order_of_the_foot():
    found = facts.facts()
    assert list(found) == ["numpy", "papermill", "nbconvert", "Python", "commit", "machine"]
    assert all(isinstance(one, str) and one for one in found.values()) and " cores, " in found["machine"]
