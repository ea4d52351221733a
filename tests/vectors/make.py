"""Makes `webhooks.json` of `schemes.toml`: deliveries that verify, and such as must not.

    python make.py           writes it
    python make.py --check   fails if what is there is something else

It shares nothing with the Rust: the MACs are Python's own, the other signatures are made by the
package `cryptography`, and all of them are the same each time. Keys come of labels; they open
nothing.
"""

import base64
import hashlib
import json
import pathlib
import re
import string
import sys
import tomllib
from datetime import datetime, timezone
from email.utils import format_datetime
from urllib.parse import parse_qsl, quote, urlsplit

# Nothing is left beside the sources.
sys.dont_write_bytecode = True

from keys import Secret, signature, write  # noqa: E402

HERE = pathlib.Path(__file__).parent
OUTPUT = HERE / "webhooks.json"

NOW = 1_700_000_000
ID = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
PATH = "/in?tenant=1&x=%27"
URL = f"https://hooks.example.com{PATH}"
METHOD = "POST"
BODY = b'{"event":"paid","sum":12}'
# A byte order mark, line ends of two kinds, a NUL, and what is no UTF-8.
BYTES = b'\xef\xbb\xbf{"a":\r\n"\xff\x80"}\n\x00'
# Fields without a value or a name, in any order, with what has to be encoded.
FORM = b"b=2&B=1&a=%0D%0A+%2B&Empty=&=x&a1&an=M%C3%BCller%2C%20%F0%9F%A6%80"

DEFAULTS = {"mac": "hmac-sha256", "message": "{body}", "encoding": "hex", "secret": "text"}


def kept(segment, parts):
    """A segment without its brackets if what it names is there, and nothing otherwise."""
    return segment[1] if parts[re.search("{(.*?)}", segment[1])[1]] else ""


def fill(template, parts):
    """Puts the parts, which are bytes, in the place of their names in braces."""
    template = re.sub(r"\[([^\]]*{[^\]]*)\]", lambda segment: kept(segment, parts), template)
    filled, rest = b"", template
    while rest:
        before, brace, rest = rest.partition("{")
        filled += before.encode()
        if brace:
            name, _, rest = rest.partition("}")
            filled += parts[name]
    return filled


def timestamp(unit, at):
    match unit:
        case "seconds":
            return str(at)
        case "millis":
            return str(at * 1000)
        case "rfc3339":
            return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        case "http-date":
            return format_datetime(datetime.fromtimestamp(at, timezone.utc), usegmt=True)
        case None:
            return ""
    raise ValueError(unit)


def form(scheme, body):
    """The names and values of a form, sorted by name, with nothing between them."""
    fields = parse_qsl(body.decode(), keep_blank_values=True)
    fields = sorted(set(fields)) if scheme.get("once") else sorted(fields, key=lambda it: it[0])
    return "".join(name + value for name, value in fields).encode()


def sorted_url(scheme, url, fields):
    """The URL with its parameters sorted, and the fields of a form behind it."""
    place, _, query = url.partition("?")
    query = "&".join(f"{name}={value}" for name, value in sorted(parse_qsl(query, True)))
    fields = "".join(name + value for name, value in sorted(parse_qsl(fields.decode(), True)))
    between = ("?" if query or fields else "", "." if query and fields else "")
    return f"{place}{between[0]}{query}{between[1]}{fields}".encode()


def qsh(method, path):
    """What Atlassian hashes: the query sorted by name, all values of one name behind it."""
    path, _, query = path.partition("?")
    values = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(quote(name, safe="~"), []).append(quote(value, safe="~"))
    query = "&".join(f"{name}={','.join(sorted(all))}" for name, all in sorted(values.items()))
    return hashlib.sha256(f"{method}&{path}&{query}".encode()).hexdigest()


# What a token can say.
SAID = {"timestamp", "expires", "id", "url", "url_sha256", "qsh"}
SAID |= {"body_sha256", "body_sha256_base64"}


def token(text):
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=")


class Delivery:
    """What is signed, so that a case can say in what it differs."""

    def __init__(self, scheme, secret, body=None, at=NOW, **instead):
        self.scheme, self.secret = scheme, secret
        body = scheme["body"] if body is None else body
        self.parts = {
            "body": body,
            "timestamp": timestamp(scheme.get("time"), at).encode(),
            "expires": str(at + scheme.get("expires", 0)).encode(),
            "id": ID.encode(),
            "method": METHOD.encode(),
            "path": scheme.get("path", PATH).encode(),
            "url": URL.encode(),
            "secret": secret.key if isinstance(secret.key, bytes) else b"",
        }
        for name, value in scheme.get("also", {}).items():
            self.parts[name] = value.encode()
        self.parts |= instead

    def derived(self, **instead):
        """All parts, with those that are made of others."""
        parts = self.parts | instead
        hash = hashlib.sha256(parts["body"])
        parts["body_sha256"] = hash.hexdigest().encode()
        parts["body_sha256_base64"] = base64.b64encode(hash.digest())
        parts["url_sha256"] = hashlib.sha256(parts["url"]).hexdigest().encode()
        url = parts["url"].decode()
        parts["verb"], parts["host"] = METHOD.lower().encode(), urlsplit(url).hostname.encode()
        parts["target"] = url.split(".com", 1)[1].encode()
        parts["qsh"] = qsh(METHOD, parts["path"].decode()).encode()
        if "{sorted}" in self.scheme["message"]:
            parts["sorted"] = sorted_url(self.scheme, url, parts["body"])
        query = dict(parse_qsl(urlsplit(parts["path"].decode()).query, keep_blank_values=True))
        parts["data_id"] = query.get("data.id", "").lower().encode()
        if "payload" in self.scheme:
            parts["payload"] = self.scheme["payload"].encode()
        if "{form}" in self.scheme["message"]:
            parts.setdefault("form", form(self.scheme, parts["body"]))
        texts = {name: part.decode() for name, part in parts.items() if name in SAID}
        claims = self.scheme.get("claims", "")
        if not parts["body"]:
            claims = self.scheme.get("bare-claims", claims)
        parts["jose"] = token(string.Template(self.scheme.get("jose", "")).substitute(texts))
        parts["claims"] = token(string.Template(claims).substitute(texts))
        return parts

    def signature(self):
        message = fill(self.scheme["message"], self.derived())
        return signature(self.scheme["mac"], self.secret.key, message)

    def headers(self, written=None, **instead):
        """The headers, with something instead of what was signed, or of the signature."""
        if written is None:
            written = write(self.scheme["encoding"], self.signature())
        instead = {name: value.encode() for name, value in instead.items()}
        parts = self.derived(signature=written.encode(), **instead)
        templates = self.scheme["headers"] | self.scheme.get("also", {})
        return {name: fill(value, parts).decode() for name, value in templates.items()}


    def letter(self, written=None, **instead):
        """The same of a body that has the signature in it."""
        if written is None:
            written = write(self.scheme["encoding"], self.signature())
        parts = {name: self.parts[name].decode() for name in ("timestamp", "id")}
        parts |= {"signature": written} | instead
        return string.Template(self.scheme["letter"]).substitute(parts).encode()

    def sent(self, written=None, **instead):
        """What of a case the signature is in."""
        if "letter" in self.scheme:
            return {"body": self.letter(written, **instead)}
        return {"headers": self.headers(written, **instead)}


def says(scheme, *parts):
    """Whether any of these parts is signed."""
    texts = (scheme["message"], scheme.get("jose", ""), scheme.get("claims", ""))
    return any(f"{{{part}}}" in text or f"${part}" in text for part in parts for text in texts)


# Cases.

# By what a body can be signed.
BODIES = ("body", "body_sha256", "body_sha256_base64", "form", "sorted")
FORMS = ("form", "sorted")
URLS = ("url", "url_sha256", "target", "sorted")
PATHS = ("path", "qsh", "data_id")


def good(scheme, secret):
    delivery = Delivery(scheme, secret)
    yield "as it should be", delivery.sent()
    if "time" in scheme:
        yield "as old as may be", Delivery(scheme, secret, at=NOW - scheme["past"]).sent()
        yield "as early as may be", Delivery(scheme, secret, at=NOW + scheme["future"]).sent()
    if "letter" in scheme:
        for part, other in scheme["loose"].items():
            changed = delivery.letter().replace(part.encode(), other.encode())
            yield f"another {part}, which nobody signed", {"body": changed}
    else:
        yield from good_bodies(scheme, secret)


def good_bodies(scheme, secret):
    odd = FORM if says(scheme, *FORMS) else BYTES
    for name, body in (("no body", b""), ("an odd body", odd)):
        yield name, {"body": body} | Delivery(scheme, secret, body).sent()
    if not says(scheme, *BODIES):
        yield "another body, which nobody signed", {"body": BYTES} | Delivery(scheme, secret).sent()
    if says(scheme, "data_id"):
        for path in ("/in", "/in?data.id=", "/in?x=1&data%2Eid=%4fRD"):
            sent = Delivery(scheme, secret, path=path.encode()).sent()
            yield f"at {path}", {"path": path} | sent
    for name in optional(scheme):
        delivery = Delivery(scheme, secret, **{name: b""})
        headers = {other: value for other, value in delivery.headers().items() if other != name}
        yield f"no {name}", {"headers": headers}
    if "body-hash" in scheme:
        url = hashed(scheme, BODY)
        delivery = Delivery(scheme, secret, url=url.encode(), form=b"")
        yield "a body that is no form", {"body": BODY, "url": url} | delivery.sent()
    if scheme.get("any-port"):
        for one, other in (("", ":443"), (":443", "")):
            signed, configured = (URL.replace(".com", f".com{port}") for port in (one, other))
            delivery = Delivery(scheme, secret, url=signed.encode())
            yield f"from .com{one} at .com{other}", {"url": configured} | delivery.sent()


def optional(scheme):
    """The headers that are signed if they are there."""
    also = scheme.get("also", {})
    return [name for name in also if re.search(rf"\[[^\]]*{{{name}}}", scheme["message"])]


def hashed(scheme, body):
    """The URL with the hash of a body."""
    return f"{URL}&{scheme['body-hash']}={hashlib.sha256(body).hexdigest()}"


def bad(scheme, secret, other):
    if "letter" in scheme:
        yield from bad_letters(scheme, secret)
    elif says(scheme, *BODIES):
        yield from bad_bodies(scheme, secret)
    yield from bad_signatures(scheme, secret, other)
    if "headers" in scheme:
        yield from bad_headers(scheme, secret)
        yield from bad_context(scheme, secret)
    if "time" in scheme:
        yield from bad_times(scheme, secret)
    if says(scheme, "id"):
        yield "id changed", "signature", Delivery(scheme, secret).sent(id=ID[:-1] + "X")


def bad_letters(scheme, secret):
    delivery = Delivery(scheme, secret)
    letter = delivery.letter()
    for part, changed in scheme.get("bound", {}).items():
        changed = letter.replace(part.encode(), changed.encode())
        yield f"{part} changed", "signature", {"body": changed}
    is_form = "member" in scheme
    other, comma = (b"other=", b"&") if is_form else (b'"other":""', b",")
    member = scheme.get("member") or re.search('"[^"]+":"[$]signature"', scheme["letter"])[0]
    member = member.replace("$signature", write(scheme["encoding"], delivery.signature())).encode()
    yield "no signature", "malformed", {"body": letter.replace(member, other)}
    yield "signature twice", "malformed", {"body": letter.replace(member, member + comma + member)}
    if is_form:
        payload = letter.split(b"&")[1]
        yield "no payload", "malformed", {"body": letter.replace(payload, other)}
        yield "payload twice", "malformed", {"body": letter + comma + payload}
        yield "payload that is no base64", "malformed", {"body": letter.replace(b"%0A", b"%0D")}
    else:
        yield "body cut", "malformed", {"body": letter[:-1]}
    yield "no body", "malformed", {"body": b""}


def bad_bodies(scheme, secret):
    right, headers = scheme["body"], Delivery(scheme, secret).headers()
    flipped = right[:-1] + bytes([right[-1] ^ 1])
    for name, body in (("changed", flipped), ("cut", right[:-1]), ("longer", right + b"\n")):
        yield f"body {name}", "signature", {"body": body, "headers": headers}
    if "body-hash" in scheme:
        url = hashed(scheme, BODY)
        headers = Delivery(scheme, secret, url=url.encode(), form=b"").headers()
        changed = {"body": BODY + b" ", "url": url, "headers": headers}
        yield "body changed that is no form", "signature", changed
        moved = changed | {"url": hashed(scheme, BODY + b" ")}
        yield "body changed with its hash", "signature", moved


def bad_signatures(scheme, secret, other):
    delivery, encoding = Delivery(scheme, secret), scheme["encoding"]
    right = delivery.signature()
    # The last byte of DER is of a number; the first ones are its frame.
    flipped = right[:-1] + bytes([right[-1] ^ 1])
    # Only ECDSA in DER has signatures of several lengths.
    has_lengths = scheme["mac"].startswith("ecdsa") and not scheme["mac"].endswith("fixed")
    length = "signature" if has_lengths else "malformed"
    written = write(encoding, right)
    spaced = written[:8] + " " + written[8:]
    yield "signature changed", "signature", delivery.sent(write(encoding, flipped))
    yield "signature cut by a byte", length, delivery.sent(write(encoding, right[:-1]))
    yield "signature cut by a character", "malformed", delivery.sent(written[:-1])
    yield "signature with a space in it", "malformed", delivery.sent(spaced)
    yield "signature empty", "malformed", delivery.sent("")
    for name, value in scheme.get("headers", {}).items():
        if "{signature}" in value and value != "{signature}":
            bare = delivery.headers() | {name: written}
            yield "signature without what is before it", "malformed", {"headers": bare}
    yield "another secret", "signature", Delivery(scheme, other).sent()


def bad_headers(scheme, secret):
    headers = Delivery(scheme, secret).headers()
    for name, value in headers.items():
        rest = {other: value for other, value in headers.items() if other != name}
        lacks = "signature" if name in optional(scheme) else "missing"
        yield f"no {name}" if lacks == "missing" else f"{name} left out", lacks, {"headers": rest}
        yield f"{name} twice", "malformed", {"headers": rest | {name: [value, value]}}


def bad_times(scheme, secret):
    delivery, unit = Delivery(scheme, secret), scheme["time"]
    later = timestamp(unit, NOW + 1)
    yield "time changed", "signature", delivery.sent(timestamp=later)
    yield "time that is none", "malformed", delivery.sent(timestamp=f"{later}x")
    old = Delivery(scheme, secret, at=NOW - scheme["past"] - 1)
    yield "too old", "stale", old.sent()
    # Who does not know the secret learns nothing of the clock.
    forged = timestamp(unit, NOW - scheme["past"] - 2)
    yield "too old and forged", "signature", old.sent(timestamp=forged)
    early = Delivery(scheme, secret, at=NOW + scheme["future"] + 1)
    yield "too early", "early", early.sent()


def bad_context(scheme, secret):
    delivery = Delivery(scheme, secret)
    headers = delivery.headers()
    if says(scheme, *URLS):
        yield "host changed", "signature", {"headers": headers, "url": URL.replace("hooks", "hook")}
        yield "url changed", "signature", {"headers": headers, "url": URL.replace("1", "2")}
    if says(scheme, *PATHS):
        path = scheme.get("path", PATH).replace("1", "2")
        yield "path changed", "signature", {"headers": headers, "path": path}
    if says(scheme, "data_id"):
        for odd in ("&data.id=2", "%3Bx", "+"):
            path = scheme["path"].replace("&", f"{odd}&")
            yield f"path with {odd}", "malformed", {"headers": headers, "path": path}
    if says(scheme, "method", "verb", "qsh"):
        yield "method changed", "signature", {"headers": headers, "method": "PUT"}
    for name, value in scheme.get("also", {}).items():
        other = ",".join(reversed(value.split(",")))
        other = f"not-{value}" if other == value else other
        yield f"{name} changed", "signature", {"headers": headers | {name: other}}
    if "jose" in scheme:
        # RFC 8725 section 3.1, and an algorithm that takes the public key for a secret.
        for alg in ("none", "HS384"):
            other = scheme | {"jose": scheme["jose"].replace('"alg":"', f'"alg":"{alg}","was":"')}
            yield f"algorithm {alg}", "malformed", {"headers": Delivery(other, secret).headers()}


# The file.


def schemes():
    """Every scheme with all that its line leaves out."""
    with open(HERE / "schemes.toml", "rb") as file:
        sections = tomllib.load(file)
    lines = {}
    for name, section in sections.items():
        is_scheme = not section.keys().isdisjoint({"headers", "letter", "like"})
        lines |= {name: section} if is_scheme else section
    for name, said in sorted(lines.items()):
        scheme = DEFAULTS | lines.get(said.get("like"), {}) | said
        scheme["body"] = scheme["body"].encode() if "body" in scheme else BODY
        if "time" in scheme:
            # What is over at a time is over on it.
            past = min(300, scheme.get("expires", 301) - 1)
            scheme = {"past": past, "future": 300} | scheme
        yield name, scheme


def line(name, expect, case):
    """A case as JSON has it; a body that is no text is in hex."""
    body = case.pop("body", None)
    if body == BYTES:
        case["body_hex"] = body.hex()
    elif body is not None:
        case["body"] = body.decode()
    return {"name": name, "expect": expect} | case


def record(name, scheme):
    secret, other = Secret(scheme, name), Secret(scheme, name, "other")
    cases = [(what, "ok", case) for what, case in good(scheme, secret)]
    cases += bad(scheme, secret, other)
    head = {"scheme": name, "secret": secret.verifying, "now": NOW}
    if "letter" not in scheme:
        head["body"] = scheme["body"].decode()
    if secret.signing != secret.verifying:
        head["signing_secret"] = secret.signing
    if says(scheme, "id"):
        head["id"] = ID
    if says(scheme, *URLS):
        head["url"] = URL
    if says(scheme, *PATHS):
        head["path"] = scheme.get("path", PATH)
    if "also" in scheme:
        head["also"] = scheme["also"]
    head["cases"] = [line(*case) for case in cases]
    return head


def text(records):
    """JSON with a case a line."""
    for record in records:
        cases = record.pop("cases")
        head = json.dumps(record)[1:-1]
        lines = ",\n".join("  " + json.dumps(case) for case in cases)
        yield f'{{{head}, "cases": [\n{lines}\n]}}'


def main(arguments):
    made = "[\n" + ",\n".join(text([record(*scheme) for scheme in schemes()])) + "\n]\n"
    if arguments == ["--check"]:
        if OUTPUT.read_text() != made:
            sys.exit(f"{OUTPUT.name} is not what {pathlib.Path(__file__).name} makes")
        return
    OUTPUT.write_text(made)


main(sys.argv[1:])
