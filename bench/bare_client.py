"""The least Python that talks PCP: no checks, no deadlines, no types. What pypcp is measured against."""

import hashlib
import socket
import sys


def connect(host, port, username, password):
    sock = socket.create_connection((host, port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _, salt = request(sock, b"M")[0]
    digest = md5(md5(md5(password.encode()) + username.encode()) + salt)
    request(sock, b"R", username.encode() + b"\0" + digest + b"\0")
    return sock


def md5(data):
    return hashlib.md5(data).hexdigest().encode()


def request(sock, kind, payload=b""):
    sock.sendall(kind + (len(payload) + 4).to_bytes(4, "big") + payload)
    data = b""
    while not (data[:1] in b"mr" and data) and b"CommandComplete\0" not in data[-400:]:
        data += sock.recv(65536)
    return frames(data)


def frames(data):
    found, at = [], 0
    while at < len(data):
        end = at + 1 + int.from_bytes(data[at + 1 : at + 5], "big")
        found.append((data[at : at + 1], data[at + 5 : end]))
        at = end
    return found


def rows(data):
    return [payload[:-1].decode().split("\0") for _, payload in frames(data)]


if __name__ == "__main__":
    pcp = connect(sys.argv[1], int(sys.argv[2]), sys.argv[3], open(sys.argv[4]).read().split(":")[3].strip())
    sys.stdout.write(request(pcp, b"L")[0][1].split(b"\0")[1].decode() + "\n")
    pcp.sendall(b"X\0\0\0\4")
