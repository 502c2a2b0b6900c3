# Inserts and reads with what Python brings along, compressed by its own zlib, against the server of the first argument.
import gzip
import sys
import urllib.parse
import urllib.request
import zlib


def post(body, encoding=None, accept=None, **url):
    request = urllib.request.Request(sys.argv[1] + "?" + urllib.parse.urlencode(url), data=body, method="POST")
    if encoding:
        request.add_header("Content-Encoding", encoding)
    if accept:
        request.add_header("Accept-Encoding", accept)
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.headers.get("Content-Encoding"), response.read()


rows = "".join("%d,\"row %d\"\n" % (i, i) for i in range(50000)).encode()
insert = "INSERT INTO t FORMAT CSV"
post(b"CREATE TABLE t (a UInt32, s String) ENGINE = MergeTree ORDER BY a")
post(gzip.compress(rows), "gzip", query=insert)
post(zlib.compress(rows), "deflate", query=insert)
# Statement and rows in one body.
post(gzip.compress(insert.encode() + b"\n" + rows), "gzip")
assert post(b"SELECT count(), uniqExact(s), sum(a) FROM t") == (None, b"150000\t50000\t3749925000\n")
encoding, packed = post(b"SELECT a, s FROM t ORDER BY a, s FORMAT CSV", accept="gzip", enable_http_compression=1)
assert encoding == "gzip" and gzip.decompress(packed).count(b"\n") == 150000
encoding, packed = post(b"SELECT DISTINCT a, s FROM t ORDER BY a FORMAT CSV", accept="deflate", enable_http_compression=1)
assert encoding == "deflate" and zlib.decompress(packed) == rows
print("ok")
