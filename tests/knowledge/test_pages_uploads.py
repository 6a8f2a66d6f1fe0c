"""What is uploaded: refused before it is read, told what is wrong, and left nowhere."""

from __future__ import annotations

import os
import time

from tests.console.pages import Client, Office

from .test_pages import HOME, approver, finished, office, upload  # noqa: F401


def test_more_than_is_read_is_refused_before_it_is_read(approver: Client) -> None:  # noqa: F811
    told = {"CONTENT_LENGTH": str(35 << 20), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    response = approver.browser.post(f"{HOME}/import", environ_overrides=told)
    assert response.status_code == 413


def test_what_says_nothing_is_told_so(approver: Client) -> None:  # noqa: F811
    done = finished(approver, upload(approver, ("今天天气不错。".encode(), "闲话.txt")))
    assert "没有读入" in done.text


def test_the_name_of_a_file_is_no_path_and_no_markup(approver: Client, office: Office) -> None:  # noqa: F811
    name = "../../etc/<img src=x onerror=alert(1)>方案.txt"
    done = finished(approver, upload(approver, ("今天天气不错。".encode(), name)))
    assert "<img src=x" not in done.text
    assert not list((office.services.settings.var_dir / "uploads").iterdir())


def test_what_a_killed_reader_left_behind_goes_with_the_next_file(approver: Client, office: Office) -> None:  # noqa: F811
    folder = office.services.settings.var_dir / "uploads"
    folder.mkdir(exist_ok=True)
    old, read_now = folder / "old", folder / "read-now"
    for path, hours in ((old, 1), (read_now, 0)):
        path.write_bytes(b"x")
        os.utime(path, (time.time() - 3600 * hours,) * 2)
    finished(approver, upload(approver, ("今天天气不错。".encode(), "闲话.txt")))
    assert [path.name for path in folder.iterdir()] == ["read-now"]
    read_now.unlink()
