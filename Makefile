# What people type. Needs Swift 6.2 or later and, on Linux, apt or the libraries that
# tools/install-dependencies.sh names. Only training and the comparison with other engines need Python.

SWIFT ?= swift
BUILD := .build/release
PROFILE ?= amazon-main
# The training environment's (tools/train/README.md) where there is one.
PYTHON ?= $(firstword $(wildcard .venv-train/bin/python) python3)
PHOTO ?= examples/photos/mug-on-wood.jpg
REMBG ?=
WEIGHTS ?= ../shared/models/u2netp.onnx

# Tests import nothing with @testable. Without testability the demo, the tests and the release binary share
# one build of every module.
TEST_FLAGS := -c release --disable-testable-imports --disable-xctest

# What the formatter looks after.
SWIFT_FILES := Package.swift Sources Tests examples/embed Benchmarks/Package.swift \
  Benchmarks/Sources/swiftlet-bench tools/arm64

.PHONY: all build demo test test-arm64 test-train bench bench-peers bench-docs peers-venv load lint format setup clean train-segment train-tag eval eval-models eval-quality

all: build

setup:
	@tools/install-dependencies.sh

build: setup
	$(SWIFT) build -c release --product swiftlet

demo: build
	@mkdir -p out
	@test -n "$(PHOTO)" || { echo "swiftlet: examples/photos: there is no photo; give PHOTO=FILE" >&2; exit 4; }
	@$(BUILD)/swiftlet process "$(PHOTO)" -o out/demo.jpg --profile $(PROFILE) --json
	@echo "$(CURDIR)/out/demo.jpg"

# The engine also in the configuration in which those who depend on it build first.
test: setup
	$(SWIFT) build --target Swiftlet
	$(SWIFT) build -c release --build-tests
	tools/check-weak-symbols.sh $(BUILD)
	$(SWIFT) test $(TEST_FLAGS) --skip-build

# The kernels' parity tests for arm64, under an emulator.
test-arm64:
	tools/test-arm64.sh

# Every kernel on layers of real networks against the machine's roofline and OpenBLAS. KERNELS="--help" lists
# the options.
bench: setup
	$(SWIFT) build -c release --package-path Benchmarks
	@Benchmarks/.build/release/swiftlet-bench $(KERNELS)

# The engine beside ONNX Runtime, OpenVINO and ncnn. PEERS="--help" lists the options. Needs Python and, once, a
# package index.
bench-peers: build peers-venv
	@build/peers/venv/bin/python -B Benchmarks/peers/bench.py --json build/peers/results.json $(PEERS)

# Both, and their tables into docs/benchmarks.md.
bench-docs: build peers-venv
	$(SWIFT) build -c release --package-path Benchmarks
	Benchmarks/.build/release/swiftlet-bench --format markdown --seconds 0.1 \
	  --filter convolution,depthwise,winograd,gemm,weighted,jpegBlocks,guided,secondDifferences >build/peers/kernels.md
	build/peers/venv/bin/python -B Benchmarks/peers/report.py --table kernels build/peers/kernels.md \
	  --docs docs/benchmarks.md
	build/peers/venv/bin/python -B Benchmarks/peers/bench.py --json build/peers/results.json \
	  --docs docs/benchmarks.md $(PEERS)

peers-venv:
	@mkdir -p build/peers
	@PYTHON=$(PYTHON) Benchmarks/peers/setup.sh build/peers/venv

# The service under load at 1, 8 and 64 clients; REMBG names a Python with rembg[cpu,cli] to compare with, LOAD
# further options (LOAD="--help").
load: build
	@$(PYTHON) tools/load/load.py --weights $(WEIGHTS) $(if $(REMBG),--rembg $(REMBG)) --check $(LOAD)

# Training needs Python and tools/train/requirements.txt; SHARED holds the photo sets (tools/train/README.md).
SHARED ?= ../shared
RENDERS ?= build/renders/train
HELDOUT_RENDERS ?= build/renders/heldout

# The trainings' smoke runs, about a minute each, where there is a Python with PyTorch.
test-train:
	@if $(PYTHON) -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)'; then \
	  $(PYTHON) tools/train/segment.py --small --out build/small/segment && \
	  $(PYTHON) tools/train/tag.py --small --out build/small/tag; \
	else echo "test-train: skipped: $(PYTHON) has no PyTorch (tools/train/requirements.txt)"; fi

train-segment:
	$(PYTHON) tools/train/segment.py --shared $(SHARED) --store build/train-data --renders $(RENDERS) --out runs/segment

train-tag: build
	$(PYTHON) tools/train/tag.py --shared $(SHARED) --renders $(RENDERS) --out runs/tag

# Figures of the shipped networks on held-out photos, by the engine; what is absent is left out and said so.
eval-models: build
	$(PYTHON) tools/data/heldout.py --shared $(SHARED) --renders $(HELDOUT_RENDERS) --out build/heldout
	$(PYTHON) tools/eval/evaluate.py --heldout build/heldout --teacher $(SHARED)/models/u2netp.onnx --out build/eval

# The matte on renders with exact ones that training never saw, beside plain enlargement.
MATTE_RENDERS ?= build/renders/matte $(HELDOUT_RENDERS)

eval: build
	$(PYTHON) tools/eval/matte.py --out build/eval $(MATTE_RENDERS)

# The rules of quality, the search for duplicates and the names of colours on photos and renders with known
# answers; what is absent is left out and said so.
COLOUR_RENDERS ?= build/renders/heldout build/renders/unseen
SHARP_RENDERS ?= build/renders/sharp

eval-quality: build
	$(PYTHON) tools/data/quality.py --shared $(SHARED) --renders $(SHARP_RENDERS) --out build/quality
	$(PYTHON) tools/eval/quality.py --shared $(SHARED) --sets build/quality --out build/eval-quality
	$(PYTHON) tools/eval/colours.py --renders $(COLOUR_RENDERS) --out build/eval-quality

lint:
	$(SWIFT) format lint --strict --recursive $(SWIFT_FILES)
	for script in tools/*.sh Benchmarks/peers/setup.sh .ci/run; do sh -n $$script || exit 1; done

format:
	$(SWIFT) format --in-place --recursive $(SWIFT_FILES)

clean:
	rm -rf .build out examples/embed/.build Benchmarks/.build build/arm64 build/peers build/small
