"""Times tsq's float engine and onnxruntime in turns; see scripts/bench-execution."""

import argparse
import os
import re
import resource
import statistics
import subprocess
import time

import numpy
import onnxruntime


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--tsq", required=True)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.batch % options.threads:
        parser.error("--batch is not a multiple of --threads")
    return options


def peer_session(options):
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(options.model, settings)
    generator = numpy.random.default_rng(0)
    inputs = {}
    for value in session.get_inputs():
        shape = [extent if isinstance(extent, int) else options.batch for extent in value.shape]
        inputs[value.name] = generator.standard_normal(shape, dtype=numpy.float32)
    return session, inputs


def time_peer(session, inputs, options):
    """Rows per second, and per second of processor time."""
    for _ in range(3):
        session.run(None, inputs)
    processor, start, count = time.process_time(), time.perf_counter(), 0
    while time.perf_counter() - start < options.seconds:
        session.run(None, inputs)
        count += 1
    rows = count * options.batch
    return rows / (time.perf_counter() - start), rows / (time.process_time() - processor)


def time_tsq(options, lanes, threads):
    """Rows per second, and per second of processor time with planning and warm-up left in."""
    batch = options.batch // lanes
    command = [options.tsq, "measure-execution", options.model, "--batch", str(batch)]
    command += ["--lanes", str(lanes), "--threads", str(threads)]
    command += ["--seconds", str(options.seconds)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = re.match(r"([\d.]+) rows/s, .* (\d+) batches", output)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    rows = (int(found[2]) + 3 * lanes) * batch
    return float(found[1]), rows / processor


def main():
    options = arguments()
    session, inputs = peer_session(options)
    ways = {"one executor": (1, options.threads), "one per thread": (options.threads, 1)}
    ratios = {name: ([], []) for name in ways}
    print(f"onnxruntime {onnxruntime.__version__}, {options.model}, batch {options.batch}, "
          f"{options.threads} threads of {os.cpu_count()}")
    for _ in range(options.rounds):
        peer = time_peer(session, inputs, options)
        line = f"onnxruntime {peer[0]:.0f} rows/s"
        for name, (lanes, threads) in ways.items():
            found = time_tsq(options, lanes, threads)
            line += f" | tsq, {name}: {found[0]:.0f} rows/s"
            for kind in (0, 1):
                ratios[name][kind].append(found[kind] / peer[kind])
        print(line, flush=True)
    for name, (wall, processor) in ratios.items():
        print(f"median ratio, {name}: {statistics.median(wall):.2f} by wall clock, "
              f"{statistics.median(processor):.2f} by processor time")


main()
