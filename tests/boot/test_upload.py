"""Requests to the update server, in one piece and in many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.boot.upload import HEADER_BYTES_MAX, Progress, Upload

LIMIT = 10_000
BOUNDARY = b"----WebKitFormBoundaryAbC"


def form(content: bytes, boundary: bytes = BOUNDARY) -> bytes:
    """A form with one file, as browsers send it."""
    disposition = b'Content-Disposition: form-data; name="datafile"; filename="APP.bin"'
    return b"--%s\r\n%s\r\nContent-Type: application/octet-stream\r\n\r\n%s\r\n--%s--\r\n" % (
        boundary,
        disposition,
        content,
        boundary,
    )


def post(body: bytes, *headers: bytes, path: bytes = b"/update.html", length: bytes | None = None) -> bytes:
    """A request with a body of form data."""
    lines = [
        b"POST %s HTTP/1.1" % path,
        b"Host: 192.168.0.1",
        b"Content-Length: %s" % (b"%d" % len(body) if length is None else length),
        b"Content-Type: multipart/form-data; boundary=%s" % BOUNDARY,
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def read(*segments: bytes) -> Upload:
    upload = Upload(LIMIT)
    for segment in segments:
        upload.receive(segment)
    return upload


def seen(upload: Upload) -> tuple[Progress, str, bytes | None, bool]:
    return upload.progress, upload.path, upload.file, upload.too_big


def test_a_page() -> None:
    assert seen(read(b"GET / HTTP/1.1\r\nHost: wizfi250.wiznet.com\r\n\r\n")) == (Progress.COMPLETE, "/", None, False)
    assert read(b"GET /index.html?x=1 HTTP/1.0\r\n\r\n").path == "/index.html"
    assert read(b"GET /\r\n\r\n").path == "/"


@pytest.mark.parametrize("method", [b"GET", b"POST", b"PUT", b"HEAD", b"BREW", b""])
def test_the_method_is_not_looked_at(method: bytes) -> None:
    assert seen(read(method + b" /x HTTP/1.1\r\n\r\n")) == (Progress.COMPLETE, "/x", None, False)


def test_an_upload() -> None:
    content = bytes(range(256)) * 20
    assert seen(read(post(form(content)))) == (Progress.COMPLETE, "/update.html", content, False)


def test_a_form_without_fields() -> None:
    request = post(b"--%s--\r\n" % BOUNDARY, path=b"/delete_app.html")
    assert seen(read(request)) == (Progress.COMPLETE, "/delete_app.html", None, False)


def test_no_file_chosen() -> None:
    assert read(post(form(b""))).file == b""


@pytest.mark.parametrize(
    "content",
    [
        b"\r\n",
        b"\r\n\r\n",
        b"--" + BOUNDARY[:-1],
        b"\r\n--" + BOUNDARY[:-1],
        b"--" + BOUNDARY,
        b"a\r\n--",
        b"\0" * 1000,
    ],
)
def test_content_that_looks_like_the_form(content: bytes) -> None:
    assert read(post(form(content))).file == content


def test_the_first_part_counts() -> None:
    body = form(b"first")[: -len(b"--\r\n")] + b"\r\n\r\nsecond\r\n--" + BOUNDARY + b"--\r\n"
    assert read(post(body)).file == b"first"


@given(st.data())
def test_the_cuts_do_not_matter(data: st.DataObject) -> None:
    request = data.draw(
        st.sampled_from(
            [
                post(form(b"\r\n--content" * 30)) + b"GET / HTTP/1.1\r\n\r\n",
                post(form(b"x" * (LIMIT + 1))),
                post(form(b"x" * (LIMIT + 2 * HEADER_BYTES_MAX))),
                post(form(b"x"), b"X: " + b"x" * (HEADER_BYTES_MAX - 172)),
                post(form(b"x"), b"X: " + b"x" * (HEADER_BYTES_MAX - 171)),
                post(b"", length=b"-1"),
                b"GET / HTTP/1.1\r\n\r\n",
            ]
        )
    )
    whole = seen(read(request))
    assert whole[0] in (Progress.COMPLETE, Progress.BROKEN)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(request) - 1), max_size=8)))
    pieces = [request[a:b] for a, b in zip([0, *cuts], [*cuts, len(request)], strict=True)]
    assert seen(read(*pieces)) == whole


def test_byte_by_byte() -> None:
    request = post(form(b"content"))
    upload = Upload(LIMIT)
    for position in range(len(request)):
        assert not upload.is_over
        upload.receive(request[position : position + 1])
    assert upload.file == b"content"


def test_the_longest_header_and_one_byte_more() -> None:
    line = b"GET / HTTP/1.1\r\nX: "
    longest = line + b"x" * (HEADER_BYTES_MAX - len(line))
    for request, progress in ((longest, Progress.COMPLETE), (longest + b"x", Progress.BROKEN)):
        assert read(request + b"\r\n\r\n").progress is progress
        assert read(*(bytes([byte]) for byte in request + b"\r\n\r\n")).progress is progress


def test_a_header_without_end() -> None:
    upload = Upload(LIMIT)
    for _ in range(8):
        upload.receive(b"x" * 1024)
        assert upload.progress is Progress.HEADER
    upload.receive(b"xxxx")
    assert upload.progress is Progress.BROKEN


@pytest.mark.parametrize("request_line", [b"", b"GET", b"\x16\x03\x01\x02\x00\x01"])
def test_what_is_no_request(request_line: bytes) -> None:
    assert read(request_line + b"\r\n\r\n").progress is Progress.BROKEN


@pytest.mark.parametrize("length", [b"", b"x", b"-1", b"1 ", b"0x10", b"1e3", b"9" * 13, b"9" * 5000])
def test_a_length_that_is_none(length: bytes) -> None:
    expected = Progress.COMPLETE if not length else Progress.BROKEN
    assert read(post(b"", length=length)).progress is expected


def test_without_a_length_there_is_no_body() -> None:
    request = post(form(b"content")).replace(b"Content-Length", b"Length")
    assert seen(read(request)) == (Progress.COMPLETE, "/update.html", None, False)


@pytest.mark.parametrize(
    ("exact", "given"),
    [
        (b"Content-Length: ", b"content-length: "),
        (b"Content-Length: ", b"Content-Length:"),
        (b"Content-Type: multipart/form-data; boundary=", b"content-type: multipart/form-data; boundary="),
        (b"Content-Type: multipart/form-data; boundary=", b"Content-Type: multipart/form-data;boundary="),
    ],
)
def test_header_names_are_matched_exactly(exact: bytes, given: bytes) -> None:
    assert read(post(form(b"content")).replace(exact, given)).file is None


def test_a_quoted_boundary_is_not_found() -> None:
    request = post(form(b"content")).replace(b"boundary=" + BOUNDARY, b'boundary="' + BOUNDARY + b'"')
    assert read(request).file is None


def test_a_form_that_is_not_closed() -> None:
    body = form(b"content")
    assert read(post(body[: body.rindex(b"\r\n--")])).file is None
    assert read(post(b"--" + BOUNDARY + b"\r\nno end of the part's header")).file is None


@pytest.mark.parametrize("cut", [1, 20, 100, 300])
def test_a_client_that_leaves_early(cut: int) -> None:
    upload = read(post(form(b"content" * 40))[:cut])
    assert not upload.is_over
    upload.receive(b"")
    assert upload.progress is Progress.BROKEN
    upload.receive(b"GET / HTTP/1.1\r\n\r\n")
    assert upload.progress is Progress.BROKEN


def test_what_follows_the_request_is_not_part_of_it() -> None:
    request = post(form(b"content"))
    assert seen(read(request + b"more")) == seen(read(request, b"more", b"")) == seen(read(request))


def test_the_largest_file_and_one_byte_more() -> None:
    largest = bytes(LIMIT)
    assert seen(read(post(form(largest)))) == (Progress.COMPLETE, "/update.html", largest, False)
    assert seen(read(post(form(largest + b"x")))) == (Progress.COMPLETE, "/update.html", largest, True)


def test_a_body_of_three_megabytes_is_not_kept() -> None:
    body = form(b"x" * 3_000_000)
    upload = read(post(b"", length=b"%d" % len(body)))
    for start in range(0, len(body), 1460):
        assert upload.progress is Progress.BODY
        upload.receive(body[start : start + 1460])
        assert len(upload._received) <= LIMIT + HEADER_BYTES_MAX
    assert seen(upload) == (Progress.COMPLETE, "/update.html", b"x" * LIMIT, True)
    assert upload._received == b""


def test_a_large_body_that_is_no_form() -> None:
    request = post(bytes(3_000_000)).replace(b"multipart/form-data", b"application/octet-stream")
    assert seen(read(request)) == (Progress.COMPLETE, "/update.html", None, True)


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_any_bytes(segments: list[bytes]) -> None:
    upload = read(*segments)
    assert isinstance(upload.progress, Progress)
    read(b"POST /update.html HTTP/1.1\r\nContent-Length: 100\r\n" + b"".join(segments) + b"\r\n\r\n", *segments)
