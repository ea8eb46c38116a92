import io
import tarfile

import pytest

from linli.conf.commands.restore import _take_out
from linli.kit.sealed_file import SealError


def archive(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarFile:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size = kind, link, 4 if kind == tarfile.REGTYPE else 0
        tar.addfile(info, io.BytesIO(b"text") if info.size else None)
    file.seek(0)
    return tarfile.open(fileobj=file)


def test_a_file_of_the_backup_lands_below_the_folder(tmp_path):
    with archive("media/2026/a.jpg") as tar:
        _take_out(tar, tar.next(), tmp_path)
    assert (tmp_path / "media/2026/a.jpg").read_bytes() == b"text"


@pytest.mark.parametrize(
    ("name", "kind", "link"), [("../a", tarfile.REGTYPE, ""), ("/a", tarfile.REGTYPE, ""), ("a", tarfile.SYMTYPE, "/etc/passwd")]
)
def test_nothing_leaves_the_folder(tmp_path, name, kind, link):
    with archive(name, kind, link) as tar, pytest.raises(SealError):
        _take_out(tar, tar.next(), tmp_path)
