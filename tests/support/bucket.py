"""A double of an S3 bucket on loopback, written from the API reference: it checks what it gets.

Signatures (version 4, headers), SHA-256 checksums, path-style addresses, uploads in parts,
lists in pages of two.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape, unescape

_PAGE = 2
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?"
    r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})"
)


@dataclass
class Bucket:
    """What lies in it, and who may come in."""

    name: str = "built"
    key_id: str = "AKIDEXAMPLE"
    secret: str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    objects: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    checksums: int = 0
    endpoint: str = ""


@contextmanager
def bucket() -> Iterator[Bucket]:
    """A bucket that answers until the end of the block."""
    held = Bucket()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"held": held}))
    held.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    held: Bucket

    def do_PUT(self) -> None:
        if (key := self._enter()) is None:
            return
        body, query = self._body, dict(parse_qsl(urlsplit(self.path).query))
        sent = self.headers.get("x-amz-checksum-sha256")
        if sent is not None:
            self.held.checksums += 1
            if base64.b64decode(sent) != hashlib.sha256(body).digest():
                self._refuse(400, "BadDigest")
                return
        if "uploadId" in query:
            self.held.parts[query["uploadId"]][int(query["partNumber"])] = body
        else:
            self.held.objects[key] = body
        self._answer(200, b"", {"ETag": _tag(body)})

    def do_POST(self) -> None:
        if (key := self._enter()) is None:
            return
        query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        if "uploads" in query:
            upload = f"u{len(self.held.parts)}"
            self.held.parts[upload] = {}
            inner = (
                f"<Bucket>{self.held.name}</Bucket><Key>{key}</Key><UploadId>{upload}</UploadId>"
            )
            self._xml("InitiateMultipartUploadResult", inner)
            return
        if "delete" in query:
            keys = re.findall(r"<Key>(.*?)</Key>", self._body.decode())
            for one in keys:
                self.held.objects.pop(unescape(one), None)
            done = "".join(f"<Deleted><Key>{one}</Key></Deleted>" for one in keys)
            self._xml("DeleteResult", done)
            return
        parts = self.held.parts.pop(query["uploadId"])
        self.held.objects[key] = b"".join(parts[n] for n in sorted(parts))
        self._xml("CompleteMultipartUploadResult", f'<Key>{key}</Key><ETag>"whole"</ETag>')

    def do_GET(self) -> None:
        if (key := self._enter()) is None:
            return
        if not key:
            self._list()
        elif key not in self.held.objects:
            self._refuse(404, "NoSuchKey")
        else:
            self._object(self.held.objects[key])

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        if (key := self._enter()) is not None:
            self.held.objects.pop(key, None)
            self._answer(204, b"")

    def _list(self) -> None:
        query = dict(parse_qsl(urlsplit(self.path).query))
        keys = sorted(k for k in self.held.objects if k.startswith(query.get("prefix", "")))
        begin = int(query.get("continuation-token", "0"))
        page, more = keys[begin : begin + _PAGE], begin + _PAGE < len(keys)
        rows = "".join(
            f"<Contents><Key>{escape(k)}</Key><Size>{len(self.held.objects[k])}</Size>"
            '<LastModified>2026-03-01T03:12:44.000Z</LastModified><ETag>"x"</ETag></Contents>'
            for k in page
        )
        after = f"<NextContinuationToken>{begin + _PAGE}</NextContinuationToken>" if more else ""
        told = f"<IsTruncated>{str(more).lower()}</IsTruncated><KeyCount>{len(page)}</KeyCount>"
        self._xml("ListBucketResult", f"<Name>{self.held.name}</Name>{told}{after}{rows}")

    def _enter(self) -> str | None:
        """The key that is meant, after the request was read and its signature compared."""
        self._body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if not self._is_signed():
            self._refuse(403, "SignatureDoesNotMatch")
            return None
        name, _, key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        if name != self.held.name:
            self._refuse(404, "NoSuchBucket")
            return None
        return key

    def _is_signed(self) -> bool:
        match = _AUTHORIZATION.fullmatch(self.headers.get("authorization", ""))
        if match is None or match[1] != self.held.key_id:
            return False
        _, day, region, names, signature = match.groups()
        url = urlsplit(self.path)
        pairs = sorted(
            (quote(k, safe="-_.~"), quote(v, safe="-_.~"))
            for k, v in parse_qsl(url.query, keep_blank_values=True)
        )
        headers = "".join(
            f"{n}:{' '.join(self.headers.get(n, '').split())}\n" for n in names.split(";")
        )
        payload = self.headers["x-amz-content-sha256"]
        if payload not in ("UNSIGNED-PAYLOAD", hashlib.sha256(self._body).hexdigest()):
            return False
        canonical = "\n".join(
            (
                self.command,
                quote(unquote(url.path), safe="/-_.~"),
                "&".join(f"{k}={v}" for k, v in pairs),
                headers,
                names,
                payload,
            )
        )
        scope = f"{day}/{region}/s3/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{self.headers['x-amz-date']}\n{scope}\n{digest}"
        key = f"AWS4{self.held.secret}".encode()
        for part in (day, region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), signature)

    def _xml(self, name: str, inner: str) -> None:
        space = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
        text = f'<?xml version="1.0" encoding="UTF-8"?><{name} {space}>{inner}</{name}>'
        self._answer(200, text.encode(), {"Content-Type": "application/xml"})

    def _object(self, data: bytes) -> None:
        more = {
            "ETag": _tag(data),
            "Last-Modified": "Sun, 01 Mar 2026 03:12:44 GMT",
        }
        self._answer(200, data, more)

    def _refuse(self, status: int, code: str) -> None:
        text = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"
        self._answer(status, text.encode(), {"Content-Type": "application/xml"})

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        return


def _tag(data: bytes) -> str:
    """Opaque to clients, as the reference says."""
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"'
