"""Hostile files are made here, so that it can be read what each of them is."""

import io
import struct
import zipfile
import zlib
from datetime import UTC, datetime

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict
from PIL import Image

from linli.frame import upload_documents
from linli.frame.uploads import DocumentsField, PhotosField, UploadRefused, clean_document, clean_photo, safe_name


def picture(kind="JPEG", size=(120, 80), colour=(200, 30, 30), mode="RGB", **kw):
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **kw)
    return out.getvalue()


def noise(size):
    return Image.effect_noise(size, 90).convert("RGB")


def with_gps():
    exif = Image.Exif()
    exif[0x010E] = "王某家门口"
    exif[0x0112] = 6  # turned
    exif.get_ifd(0x8769).update({0x9003: "2026:03:02 14:05:06", 0x9011: "+08:00"})
    exif.get_ifd(0x8825).update({1: "N", 2: (40.0, 38.0, 42.0), 3: "E", 4: (109.0, 54.0, 36.0)})
    return picture(exif=exif)


def refusal(act, *args):
    with pytest.raises(UploadRefused) as caught:
        act(*args)
    assert caught.value.message  # something to read
    return caught.value.code


# photos -----------------------------------------------------------------------------------------------------------------------------


def test_a_photos_position_and_time_are_read_and_then_gone():
    photo = clean_photo(with_gps())
    assert (photo.lon, photo.lat) == (pytest.approx(109.91), pytest.approx(40.645))
    assert photo.taken_at == datetime(2026, 3, 2, 6, 5, 6, tzinfo=UTC)
    written = Image.open(io.BytesIO(photo.bytes))
    assert dict(written.getexif()) == {}
    assert not {"exif", "icc_profile", "comment", "xmp"} & set(written.info)
    assert "王某".encode() not in photo.bytes
    assert (photo.width, photo.height) == written.size == (80, 120)  # upright


def test_a_turned_photo_is_written_the_right_way_up():
    exif = Image.Exif()
    exif[0x0112] = 6
    source = Image.new("RGB", (100, 50), "white")
    source.paste((255, 0, 0), (0, 0, 50, 50))  # left half red: after a quarter turn clockwise the top half
    out = io.BytesIO()
    source.save(out, "JPEG", exif=exif, quality=95)
    written = Image.open(io.BytesIO(clean_photo(out.getvalue()).bytes))
    assert written.getpixel((25, 10))[1] < 60
    assert written.getpixel((25, 90))[1] > 200


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_every_phones_format_becomes_a_jpeg(kind):
    photo = clean_photo(picture(kind))
    assert Image.open(io.BytesIO(photo.bytes)).format == "JPEG"
    assert (photo.width, photo.height) == (120, 80)


def test_a_large_photo_is_scaled_to_1600_px_and_some_300_kb():
    out = io.BytesIO()
    noise((4000, 3000)).save(out, "JPEG", quality=60)
    photo = clean_photo(out.getvalue())
    assert (photo.width, photo.height) == (1600, 1200)
    assert len(photo.bytes) < 900_000  # noise is the worst there is


@pytest.mark.parametrize("mode, colour", [("RGBA", (0, 0, 0, 0)), ("LA", (0, 0)), ("P", 0), ("I;16", 65535), ("L", 255), ("1", 1)])
def test_pictures_of_every_depth_are_taken_and_glass_becomes_white(mode, colour):
    image = Image.new(mode, (20, 20), colour)
    out = io.BytesIO()
    image.save(out, "PNG", **({"transparency": 0} if mode == "P" else {}))
    written = Image.open(io.BytesIO(clean_photo(out.getvalue()).bytes))
    assert min(written.getpixel((10, 10))) > 240


def test_of_an_animation_the_first_picture_is_kept():
    out = io.BytesIO()
    Image.new("RGB", (30, 30), "red").save(out, "WEBP", save_all=True, append_images=[Image.new("RGB", (30, 30), "blue")], lossless=True)
    written = Image.open(io.BytesIO(clean_photo(out.getvalue()).bytes))
    red, _green, blue = written.getpixel((15, 15))
    assert red > 200 > blue


def test_a_second_life_as_a_web_page_ends_with_the_encoding():
    polyglot = picture() + b"<html><script>alert(document.domain)</script></html>"
    inside = picture(comment=b"<script>alert(1)</script>")
    for data in (polyglot, inside):
        assert b"script" in data
        assert b"script" not in clean_photo(data).bytes


def test_a_zip_behind_a_photo_is_gone():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("evil.class", b"\xca\xfe\xba\xbe")
    photo = clean_photo(picture() + out.getvalue())
    assert not zipfile.is_zipfile(io.BytesIO(photo.bytes))


def bare_png(width, height):
    """A PNG that says it is huge; a few hundred bytes."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(20_000, 10_000), (50_001, 1_000), (2_000_000_000, 2)])
def test_a_picture_of_200_megapixels_is_refused_from_its_head(size, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    assert refusal(clean_photo, bare_png(*size)) == "pixels"


def test_a_picture_of_just_50_megapixels_is_taken():
    out = io.BytesIO()
    Image.new("L", (10_000, 5_000), 128).save(out, "PNG")
    assert clean_photo(out.getvalue()).width == 1600


@pytest.mark.parametrize(
    "data, code",
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "kind"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "kind"),
        (b"GIF89a/*\x01\x00\x01\x00*/=1;alert(1);", "kind"),
        (b"<html><img src=x onerror=alert(1)>", "kind"),
        (b"BM" + b"\0" * 100, "kind"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 40, "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"\xff" * (10_000_001), "too_large"),
    ],
)
def test_what_is_not_a_photo_is_refused_with_the_reason(data, code):
    assert refusal(clean_photo, data) == code


def test_a_gif_is_refused_whatever_it_is_called():
    assert refusal(clean_photo, SimpleUploadedFile("cat.jpg", picture("GIF"), "image/jpeg")) == "kind"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_photo_cut_off_on_the_way_is_refused(kind):
    out = io.BytesIO()
    noise((300, 300)).save(out, kind)
    assert refusal(clean_photo, out.getvalue()[: len(out.getvalue()) * 2 // 3]) == "damaged"


def test_a_file_too_large_is_refused_before_it_is_read():
    class Unread(io.BytesIO):
        size = 11_000_000

        def read(self, *args):
            pytest.fail("read")

    assert refusal(clean_photo, Unread()) == "too_large"


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (999.0, 0.0, 0.0), 3: "E", 4: (10.0, 0.0, 0.0)},
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {2: (1.0,), 4: (1.0,)},
    ],
)
def test_nonsense_positions_are_no_positions_and_no_reason_to_refuse(gps):
    exif = Image.Exif()
    exif.get_ifd(0x8825).update(gps)
    photo = clean_photo(picture(exif=exif))
    assert (photo.lon, photo.lat, photo.taken_at) == (None, None, None)


def test_south_and_west_are_negative():
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "S", 2: (33.0, 30.0, 0.0), 3: "W", 4: (70.0, 0.0, 0.0)})
    photo = clean_photo(picture(exif=exif))
    assert (photo.lon, photo.lat) == (-70.0, -33.5)


# documents --------------------------------------------------------------------------------------------------------------------------

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\nxref\n0 1\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


def office(main="word/document.xml", extra=(), **kw):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(main, "<document>施工合同</document>")
        for name, data in extra:
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "name, data, mime",
    [
        ("合同.pdf", PDF, "application/pdf"),
        ("合同.docx", office(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("表.XLSX", office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("说明.txt", "楼道灯不亮".encode("gb18030"), "text/plain"),
    ],
)
def test_four_kinds_of_document_are_taken(name, data, mime):
    document = clean_document(SimpleUploadedFile(name, data))
    assert document.mime == mime
    assert document.name == name.lower()


def test_text_is_kept_as_utf8():
    assert clean_document("楼道灯不亮".encode("gb18030"), "a.txt").bytes.decode() == "楼道灯不亮"
    assert clean_document("\ufeff灯".encode(), "a.txt").bytes.decode() == "灯"


def test_a_zip_bomb_is_refused_by_what_it_declares():
    assert refusal(clean_document, office(extra=[("word/big.xml", b"0" * 60_000_000)]), "a.docx") == "bomb"


def test_a_zip_bomb_that_lies_about_its_size_is_refused():
    data = bytearray(office(extra=[("word/big.bin", b"0" * 3_000_000)]))
    true = struct.pack("<I", 3_000_000)
    while (at := data.find(true)) >= 0:
        data[at : at + 4] = struct.pack("<I", 300)
    assert refusal(clean_document, bytes(data), "a.docx") == "damaged"


def test_too_many_entries_are_a_bomb():
    assert refusal(clean_document, office(extra=[(f"word/{n}.xml", "") for n in range(upload_documents.ENTRIES)]), "a.docx") == "bomb"


@pytest.mark.parametrize(
    "data, code",
    [
        (office(extra=[("word/vbaProject.bin", b"x")]), "macros"),
        (office(extra=[("word/activeX/activeX1.bin", b"x")]), "macros"),
        (office(extra=[("word/setup.exe", b"MZ")]), "macros"),
        (
            office(extra=[("word/_rels/settings.xml.rels", '<R Type="x/attachedTemplate" Target="http://e" TargetMode="External"/>')]),
            "macros",
        ),
        (office(extra=[("word/a.xml", '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')]), "bomb"),
        (office(extra=[("../../etc/passwd", "x")]), "damaged"),
        (office("anything.xml"), "kind"),
        (office(extra=[("xl/workbook.xml", "x")]), "kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "locked"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "kind"),
        (office()[:150], "damaged"),
        (b"MZ\x90\0" + b"\0" * 100, "kind"),
        (b"\x7fELF\x02\x01\x01\0" + b"\0" * 50, "kind"),
        (picture(), "kind"),
        (b"", "empty"),
        (b"a" * 20_000_001, "too_large"),
    ],
)
def test_documents_that_are_not_what_they_should_be_are_refused_with_the_reason(data, code):
    assert refusal(clean_document, data, "a.docx") == code


@pytest.mark.parametrize(
    "data, code",
    [
        (PDF[:-20], "damaged"),
        (PDF.replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 2 0 R"), "locked"),
        (PDF.replace(b"/Type/Catalog", b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"), "macros"),
        (PDF.replace(b"/Type/Catalog", b"/S/Launch/F(cmd.exe)"), "macros"),
        (b"<html>" + PDF, "name"),
    ],
)
def test_pdfs_with_programs_passwords_or_missing_ends_are_refused(data, code):
    assert refusal(clean_document, data, "a.pdf") == code


def test_an_encrypted_entry_is_a_locked_file():
    data = bytearray(office())
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(sign)
        data[place + at] |= 1
    assert refusal(clean_document, bytes(data), "a.docx") == "locked"


def test_a_name_that_claims_another_kind_is_refused():
    assert refusal(clean_document, PDF, "a.docx") == "name"
    assert refusal(clean_document, PDF, "a.pdf.exe") == "name"


@pytest.mark.parametrize(
    "given, safe",
    [
        ("../../etc/合同 (终稿).pdf", "合同_(终稿).pdf"),
        ("C:\\Users\\li\\a.pdf", "a.pdf"),
        ("\u202efdp.pdf", "fdp.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_x.pdf"),
        (".pdf", "document.pdf"),
        ("", "document.pdf"),
        ("名" * 200 + ".pdf", "名" * 76 + ".pdf"),
        ("$(rm -rf ~);.pdf", "(rm_-rf_~).pdf"),
    ],
)
def test_file_names_keep_their_words_and_lose_their_tricks(given, safe):
    assert safe_name(given, "pdf") == safe


# fields -----------------------------------------------------------------------------------------------------------------------------


class Form(forms.Form):
    photos = PhotosField(required=False)
    papers = DocumentsField(required=False, max_count=2)


def form(**files):
    return Form({}, MultiValueDict(files))


def test_photos_and_documents_come_cleaned_out_of_a_form():
    found = form(photos=[SimpleUploadedFile("1.jpg", with_gps())], papers=[SimpleUploadedFile("a.pdf", PDF)])
    assert found.is_valid()
    assert found.cleaned_data["photos"][0].lat == pytest.approx(40.645)
    assert found.cleaned_data["papers"][0].name == "a.pdf"


def test_no_files_are_an_empty_list():
    found = form()
    assert found.is_valid()
    assert found.cleaned_data == {"photos": [], "papers": []}


def test_every_bad_file_is_named_at_the_field_and_none_is_half_taken():
    found = form(photos=[SimpleUploadedFile(f"{n}.jpg", data) for n, data in enumerate([picture(), b"", b"x"])])
    assert not found.is_valid()
    assert [e.code for e in found.errors.as_data()["photos"]] == ["empty", "kind"]
    assert "2" in found.errors["photos"][0]
    assert "3" in found.errors["photos"][1]


def test_too_many_photos_are_refused_before_any_is_decoded(monkeypatch):
    monkeypatch.setattr("linli.frame.uploads.clean_photo", lambda f: pytest.fail("decoded"))
    found = form(photos=[SimpleUploadedFile(f"{n}.jpg", b"x") for n in range(7)])
    assert found.errors.as_data()["photos"][0].code == "too_many"


def test_the_input_takes_several_and_says_which_kinds():
    html = str(Form()["photos"])
    assert "multiple" in html
    assert "image/heic" in html
