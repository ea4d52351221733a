"""Keys that come of labels, and signatures that are the same each time."""

import base64
import functools
import hashlib
import hmac
import itertools

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def label(*words):
    """The 32 bytes that a label gives."""
    return hashlib.sha256(" ".join(("portcullis vector", *words)).encode()).digest()


# Keys of public-key algorithms.

CURVES = {
    "p256": (ec.SECP256R1(), hashes.SHA256(), 32),
    "p384": (ec.SECP384R1(), hashes.SHA384(), 48),
}


def is_prime(number):
    """Miller and Rabin's test, with bases that are hashes of the number."""
    if any(number % small == 0 for small in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for round in range(32):
        base = 2 + int.from_bytes(label("base", str(round), str(number)), "big")
        power = pow(base, odd, number)
        if power in (1, number - 1):
            continue
        if not any((power := pow(power, 2, number)) == number - 1 for _ in range(twos - 1)):
            return False
    return True


def prime(*words):
    """The first prime of 1024 bits that the label leads to; of two the product has 2048 bits."""
    for attempt in itertools.count():
        parts = (label("prime", *words, str(attempt), str(part)) for part in range(4))
        number = int.from_bytes(b"".join(parts), "big") | (3 << 1022) | 1
        if number % 65537 != 1 and is_prime(number):
            return number


@functools.cache
def rsa_key(*words):
    p, q, e = prime(*words, "p"), prime(*words, "q"), 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(e, p * q)
    )
    return numbers.private_key()


def private_key(mac, scheme, *words):
    if mac == "ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(label(scheme, *words))
    if mac.startswith("ecdsa"):
        # It has 32 bytes, which is below the order of either curve but for one in 2^32.
        curve, _, _ = CURVES[mac.split("-")[1]]
        return ec.derive_private_key(int.from_bytes(label(scheme, *words), "big"), curve)
    # Few, since their primes take long to find.
    return rsa_key("rsa", *words)


def raw(key):
    """The 32 bytes of a key of Ed25519, whichever half it is."""
    return key.private_bytes_raw() if hasattr(key, "private_bytes_raw") else key.public_bytes_raw()


def encoded(key, encoding):
    if hasattr(key, "private_bytes"):
        none = serialization.NoEncryption()
        return key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, none)
    return key.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)


def written_key(how, key):
    match how:
        case "ed25519-hex":
            return raw(key).hex()
        case "ed25519-base64":
            return base64.b64encode(raw(key)).decode()
        case "ed25519-whpk":
            prefix = "whsk_" if hasattr(key, "private_bytes") else "whpk_"
            return prefix + base64.b64encode(raw(key)).decode()
        case "spki-base64":
            return base64.b64encode(encoded(key, serialization.Encoding.DER)).decode()
        case "spki-pem":
            return encoded(key, serialization.Encoding.PEM).decode()
    raise ValueError(how)


def written_secret(how, key):
    """A shared secret as it is written, and the bytes that it stands for."""
    match how:
        case "text":
            return key.hex(), key.hex().encode()
        case "sha1":
            return key.hex(), hashlib.sha1(key.hex().encode()).digest()
        case "hex":
            return key.hex(), key
        case "base64":
            return base64.b64encode(key).decode(), key
        case "whsec":
            return "whsec_" + base64.b64encode(key).decode(), key
        case "v1-whsec":
            return "v1,whsec_" + base64.b64encode(key).decode(), key
    raise ValueError(how)


class Secret:
    """Both halves of a secret: what signs and what verifies, as they are written, and the key."""

    def __init__(self, scheme, *words):
        if scheme["mac"].startswith(("ed25519", "ecdsa", "rsa")):
            self.key = private_key(scheme["mac"], *words)
            self.signing = written_key(scheme["secret"], self.key)
            self.verifying = written_key(scheme["secret"], self.key.public_key())
        else:
            self.signing, self.key = written_secret(scheme["secret"], label(*words))
            self.verifying = self.signing


# Signatures.


def signature(mac, key, message):
    match mac.split("-"):
        case ["ed25519"]:
            return key.sign(message)
        case ["ecdsa", curve, _, *form]:
            return ecdsa(*CURVES[curve][1:], key, message, form)
        case ["rsa", "sha256"]:
            return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        case ["rsa", "pss", "sha512"]:
            return rsa_pss(key, message)
        case ["sha256"]:
            return hashlib.sha256(message).digest()
        case ["hmac", hash]:
            return hmac.digest(key, message, hash)
    raise ValueError(mac)


def ecdsa(hash, size, key, message, form):
    """RFC 6979: without randomness."""
    der = key.sign(message, ec.ECDSA(hash, deterministic_signing=True))
    if form != ["fixed"]:
        return der
    return b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(der))


def rsa_pss(key, message):
    """RFC 8017 section 9.1.1, with SHA-512 and a salt that a label gives instead of chance."""
    salt = hashlib.sha512(label("salt")).digest()
    size, public = key.key_size // 8, key.public_key().public_numbers()
    hashed = hashlib.sha512(bytes(8) + hashlib.sha512(message).digest() + salt).digest()
    data = bytes(size - len(salt) - len(hashed) - 2) + b"\x01" + salt
    blocks = (hashlib.sha512(hashed + count.to_bytes(4, "big")).digest() for count in range(8))
    masked = bytearray(one ^ other for one, other in zip(data, b"".join(blocks)))
    masked[0] &= 0x7F
    encoded = int.from_bytes(bytes(masked) + hashed + b"\xbc", "big")
    power = pow(encoded, key.private_numbers().d, public.n)
    return power.to_bytes(size, "big")


def write(encoding, signature):
    match encoding:
        case "hex":
            return signature.hex()
        case "base64":
            return base64.b64encode(signature).decode()
        case "base64url":
            return base64.urlsafe_b64encode(signature).decode().rstrip("=")
        case "base64url-padded":
            return base64.urlsafe_b64encode(signature).decode()
    raise ValueError(encoding)
