"""The dates of a PDF: those that are asked for, so that the same page gives the same bytes."""

import pytest

from nbreport import InputError
from nbreport.page import browser, dates

PDF = (
    b"%PDF-1.4\n/CreationDate (D:20261129105159+00'00')\n/ModDate (D:20261129105159+00'00')>> /Other (D:20261129105159)"
)


def test_both_dates_are_what_is_asked_for_and_nothing_moves():
    found = dates.dated(PDF, 86_400)
    assert found == PDF.replace(b"D:20261129105159+00'00')", b"D:19700102000000+00'00')") and len(found) == len(PDF)
    assert dates.dated(PDF, None) == PDF


@pytest.mark.parametrize(("text", "seconds"), [("", None), ("0", 0), ("1700000000", 1_700_000_000)])
def test_the_date_is_read_from_the_environment(monkeypatch, text, seconds):
    monkeypatch.setenv(dates.NAME, text)
    assert dates.epoch() == seconds


@pytest.mark.parametrize("text", ["tomorrow", "1e9", "9" * 30])
def test_what_is_no_date_is_refused(monkeypatch, text):
    monkeypatch.setenv(dates.NAME, text)
    with pytest.raises(InputError, match=f"SOURCE_DATE_EPOCH must be a number of seconds since 1970, not '{text}'"):
        dates.epoch()


def test_the_same_page_gives_the_same_pdf(monkeypatch, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>A page</title><p>Text.", encoding="utf-8")
    monkeypatch.setenv(dates.NAME, "1000000000")
    for name in ("one.pdf", "two.pdf"):
        browser.print_pdf(browser.find_or_install(), page, tmp_path / name)
    one = (tmp_path / "one.pdf").read_bytes()
    assert one == (tmp_path / "two.pdf").read_bytes() and one.count(b"D:20010909014640") == 2
