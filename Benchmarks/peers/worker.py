#!/usr/bin/env python3
"""Runs one network on one engine, a run for each line of standard input, as `swiftlet bench --paced`.

The first line printed is a JSON object: what loading and the first run took, the engine's version and
the memory held before the network was loaded. Then one run and its milliseconds a line. Ends with its
input, so that nothing stays behind when the parent dies."""
import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np


def resident_bytes():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


class ONNXRuntime:
    def __init__(self):
        import onnxruntime
        self.library, self.version = onnxruntime, onnxruntime.__version__

    def load(self, folder, threads):
        options = self.library.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        self.session = self.library.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])

    def bind(self, x):
        self.binding = self.session.io_binding()
        self.binding.bind_cpu_input(self.session.get_inputs()[0].name, x)
        for output in self.session.get_outputs():
            self.binding.bind_output(output.name)

    def run(self):
        self.session.run_with_iobinding(self.binding)

    def outputs(self):
        return self.binding.copy_outputs_to_cpu()


class OpenVINO:
    def __init__(self):
        import openvino
        self.library, self.version = openvino, openvino.__version__.split("-")[0]

    def load(self, folder, threads):
        self.request = self.library.Core().compile_model(
            str(folder / "model.onnx"), "CPU",
            {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads,
             "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}).create_infer_request()

    def bind(self, x):
        self.tensor = self.library.Tensor(x, shared_memory=True)
        self.request.set_input_tensor(self.tensor)

    def run(self):
        self.request.infer()

    def outputs(self):
        count = len(self.request.model_outputs)
        return [self.request.get_output_tensor(i).data for i in range(count)]


class NCNN:
    def __init__(self):
        import ncnn
        self.library, self.version = ncnn, ncnn.__version__

    def load(self, folder, threads):
        self.net = self.library.Net()
        options = self.net.opt
        options.num_threads = threads
        options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
        options.use_bf16_storage = options.use_vulkan_compute = False
        self.pools = self.library.UnlockedPoolAllocator(), self.library.PoolAllocator()
        options.blob_allocator, options.workspace_allocator = self.pools
        for load, suffix in ((self.net.load_param, "param"), (self.net.load_model, "bin")):
            if load(str(folder / f"ncnn.{suffix}")) != 0:
                raise RuntimeError(f"ncnn refuses {folder / f'ncnn.{suffix}'}")
        self.names = sorted(self.net.output_names(), key=lambda name: int(name.removeprefix("out")))

    def bind(self, x):
        self.x = self.library.Mat(np.ascontiguousarray(x[0]))

    def run(self):
        extractor = self.net.create_extractor()
        extractor.input(self.net.input_names()[0], self.x)
        results = [extractor.extract(name) for name in self.names]
        if any(code != 0 for code, _ in results):
            raise RuntimeError("ncnn failed to run the network")
        self.results = [mat for _, mat in results]

    def outputs(self):
        return [np.array(mat) for mat in self.results]


class Torch:
    """Eager PyTorch on the module that pnnx writes."""

    def __init__(self):
        import torch
        self.library, self.version = torch, torch.__version__

    def load(self, folder, threads):
        self.library.set_num_threads(threads)
        sys.path.insert(0, str(folder))
        sys.dont_write_bytecode = True
        os.chdir(folder)
        from model_pnnx import Model
        self.module = Model().eval()

    def bind(self, x):
        self.x = self.library.from_numpy(x)

    def run(self):
        with self.library.inference_mode():
            self.results = self.module(self.x)

    def outputs(self):
        results = self.results if isinstance(self.results, (tuple, list)) else [self.results]
        return [r.numpy() for r in results]


ENGINES = {"onnxruntime": ONNXRuntime, "openvino": OpenVINO, "ncnn": NCNN, "torch": Torch}


def timed(action, *arguments):
    start = time.perf_counter()
    action(*arguments)
    return (time.perf_counter() - start) * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("folder", type=Path, help="holds model.onnx, ncnn.param, input.npy …")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--outputs", type=Path, help="a folder for output_<index>.npy of the first run")
    options = parser.parse_args()
    x = np.load(options.folder / "input.npy")
    engine = ENGINES[options.engine]()
    before = resident_bytes()
    load = timed(engine.load, options.folder, options.threads)
    engine.bind(x)
    first = timed(engine.run)
    if options.outputs:
        for index, output in enumerate(engine.outputs()):
            np.save(options.outputs / f"output_{index}.npy", output)
    print(json.dumps({"load_ms": load, "first_ms": first, "version": engine.version,
                      "resident_before": before}), flush=True)
    for _ in sys.stdin:
        print(timed(engine.run), flush=True)


if __name__ == "__main__":
    main()
