"""The part of PyPI's `pypcp` 1.0.0rc1, run in an environment of its own: the arguments of tasks_ours.py."""

import sys
import time

from pypcp.pcp import PCP, PCPResultInfo


def main(task, host, port, username, passfile, file, count):
    password = open(passfile).read().split(":")[3].strip()

    def connect():
        pcp = PCP()
        pcp.pcp_connect(host, int(port), username, password)
        return pcp

    if task == "decode":
        payloads = split(open(file, "rb").read())
        work = lambda: decode(payloads)  # noqa: E731
    elif task == "connect":
        work = lambda: once(connect())  # noqa: E731
    else:
        pcp = connect()
        work = {
            "node_count": pcp.pcp_node_count,
            "node_info": lambda: must_work(pcp, pcp.pcp_node_info(0)),
            "proc_info": lambda: must_work(pcp, pcp.pcp_process_info(0)),
        }[task]
    clock = time.process_time if task == "decode" else time.perf_counter
    _last = work()  # kept until the next one is there, as by whoever polls; else the memory goes back each time
    started = clock()
    for _ in range(int(count)):
        _last = work()
    sys.stdout.write(f"{(clock() - started) / int(count)}\n")


def once(pcp):
    pcp.pcp_node_count()
    pcp.pcp_disconnect()


def must_work(pcp, result):
    if result is None or getattr(pcp, "errMsg", None):
        raise SystemExit(f"fails: {pcp.errMsg}")


def split(data):
    found, at = [], 0
    while at < len(data):
        end = at + 1 + int.from_bytes(data[at + 1 : at + 5], "big")
        found.append(data[at + 5 : end])
        at = end
    return found


def decode(payloads):
    pcp = PCP()
    pcp.pcpResInfo = PCPResultInfo()
    for payload in payloads:
        pcp._process_process_info_response(payload, len(payload))


main(*sys.argv[1:])
