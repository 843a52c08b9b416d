# What people type. Needs Swift 6.2 or later and, on Linux, apt or the libraries that
# tools/install-dependencies.sh names. Python is needed for load and training only.

SWIFT ?= swift
BUILD := .build/release
PROFILE ?= amazon-main
PHOTO ?= $(firstword $(wildcard examples/photos/*.jpg))
MODEL ?= weights/segment-fast.nest

# Tests import nothing with @testable. Without testability the demo, the tests and the release binary share
# one build of every module.
TEST_FLAGS := -c release --disable-testable-imports --disable-xctest

.PHONY: all build demo test bench load lint format setup clean train-segment train-tag

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

test: setup
	$(SWIFT) build -c release --build-tests
	tools/check-weak-symbols.sh $(BUILD)
	$(SWIFT) test $(TEST_FLAGS) --skip-build

bench: build
	$(BUILD)/swiftlet bench $(MODEL) --threads 1
	$(BUILD)/swiftlet bench $(MODEL)

# The service under load, at 1, 8 and 64 clients. Needs Python 3.
load: build
	python3 tools/load/load.py --binary $(BUILD)/swiftlet

# Training needs Python and tools/train/requirements.txt; SHARED holds the photo sets (tools/train/README.md).
PYTHON ?= python3
SHARED ?= ../shared
RENDERS ?= build/renders/train

train-segment:
	$(PYTHON) tools/train/segment.py --shared $(SHARED) --store build/train-data --renders $(RENDERS) --out runs/segment

train-tag:
	$(PYTHON) tools/train/tag.py --shared $(SHARED) --renders $(RENDERS) --out runs/tag

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests examples/embed
	sh -n tools/install-dependencies.sh tools/check-weak-symbols.sh .ci/run

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests examples/embed

clean:
	rm -rf .build out examples/embed/.build
