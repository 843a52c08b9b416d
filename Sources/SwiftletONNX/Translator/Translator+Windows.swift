internal import Swiftlet

// MARK: - Convolution

extension Translator {
  mutating func convolution(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try value(node, 0)
    let weight = try value(node, 1)
    let bias = node.hasInput(2) ? try value(node, 2) : nil
    let window = try WindowReader(node, image: graph[x].shape, weight: graph[weight].shape)
      .forward()
    let groups = try node.int("group", default: 1)
    return .value(
      try append(
        node, .convolution(window: window, groups: groups, activation: .none), [x, weight, bias]))
  }

  mutating func transposedConvolution(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try value(node, 0)
    let weight = try value(node, 1)
    let bias = node.hasInput(2) ? try value(node, 2) : nil
    let (window, outputPads) = try WindowReader(
      node, image: graph[x].shape, weight: graph[weight].shape
    ).transposed()
    let groups = try node.int("group", default: 1)
    return .value(
      try append(
        node,
        .transposedConvolution(
          window: window, outputPadY: outputPads[0], outputPadX: outputPads[1], groups: groups,
          activation: .none), [x, weight, bias]))
  }
}

// MARK: - Pooling

extension Translator {
  mutating func maxPool(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try value(node, 0)
    let window = try WindowReader(node, image: graph[x].shape, weight: nil).forward()
    let ceil = try node.flag("ceil_mode")
    return .value(try append(node, .maxPool(window: window, ceil: ceil), [x]))
  }

  mutating func averagePool(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try value(node, 0)
    let window = try WindowReader(node, image: graph[x].shape, weight: nil).forward()
    let ceil = try node.flag("ceil_mode")
    let countIncludePad = try node.flag("count_include_pad")
    return .value(
      try append(
        node, .averagePool(window: window, ceil: ceil, countIncludePad: countIncludePad), [x]))
  }

  mutating func globalAveragePool(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try value(node, 0)
    let rank = graph[x].shape.count
    guard rank != 4 else { return .value(try append(node, .globalAveragePool, [x])) }
    guard rank > 2 else {
      throw node.invalid("the input is \(graph[x].shape)", "give [N, C, ...]")
    }
    return .value(
      try append(node, .reduceMean(axes: Array(2..<rank), keepDimensions: true), [x]))
  }

  mutating func globalMaxPool(_ node: NodeReader) throws(ONNXError) -> Operand {
    .value(try append(node, .globalMaxPool, [try value(node, 0)]))
  }
}

/// Kernel, strides, dilations and pads of a node on images, in ONNX's lists of [rows, columns].
private struct WindowReader {
  let node: NodeReader
  let extents: [Int]
  let kernel: [Int]
  let strides: [Int]
  let dilations: [Int]

  /// Reads the attributes.
  ///
  /// - Parameters:
  ///   - image: [N, C, H, W].
  ///   - weight: [K, C, R, S], which gives the kernel's extents; nil where the attribute must.
  init(_ node: NodeReader, image: [Int], weight: [Int]?) throws(ONNXError) {
    guard image.count == 4, weight == nil || weight?.count == 4 else {
      throw node.unsupported(
        "it works on \(image.count - 2) spatial dimensions, expected 2",
        "reshape to two-dimensional images at export")
    }
    self.node = node
    extents = Array(image[2...])
    let stated = try Self.pair(node, "kernel_shape")
    guard let kernel = weight.map({ Array($0[2...]) }) ?? stated else {
      throw node.invalid("kernel_shape is missing", "state the kernel's extents")
    }
    guard stated == nil || stated == kernel else {
      throw node.invalid(
        "kernel_shape is \(stated ?? []), the weight's kernel \(kernel)",
        "state the weight's extents")
    }
    self.kernel = kernel
    strides = try Self.pair(node, "strides") ?? [1, 1]
    dilations = try Self.pair(node, "dilations") ?? [1, 1]
    let maximum = ShapeInference.maximumWindow
    for numbers in [kernel, strides, dilations] {
      guard numbers.allSatisfy({ (1...maximum).contains($0) }) else {
        throw node.invalid(
          "kernel \(kernel), strides \(strides), dilations \(dilations)",
          "give numbers from 1 to \(maximum)")
      }
    }
  }

  /// The window of a convolution or pooling.
  func forward() throws(ONNXError) -> Window {
    switch try node.string("auto_pad", default: "NOTSET") {
    case "NOTSET":
      return window(pads: try statedPads())
    case "VALID":
      return window(pads: [0, 0, 0, 0])
    case "SAME_UPPER":
      return window(pads: samePads { $0 / 2 })
    case "SAME_LOWER":
      return window(pads: samePads { $0 - $0 / 2 })
    case let other:
      throw node.unsupported(
        "auto_pad is '\(other)'", "give NOTSET, VALID, SAME_UPPER or SAME_LOWER")
    }
  }

  /// The window and the output padding of a transposed convolution.
  ///
  /// With a stated output shape the padding follows from it: what is too much is cropped, the
  /// larger half in front unless auto_pad is SAME_UPPER; what is missing is added behind.
  func transposed() throws(ONNXError) -> (window: Window, outputPads: [Int]) {
    let autoPad = try node.string("auto_pad", default: "NOTSET")
    guard ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"].contains(autoPad) else {
      throw node.unsupported(
        "auto_pad is '\(autoPad)'", "give NOTSET, VALID, SAME_UPPER or SAME_LOWER")
    }
    var outputPads = try Self.pair(node, "output_padding") ?? [0, 0]
    guard outputPads.allSatisfy((0...ShapeInference.maximumWindow).contains) else {
      throw node.invalid("output_padding is \(outputPads)", "give numbers from 0")
    }
    var target = try statedOutput()
    if target == nil, autoPad.hasPrefix("SAME") {
      target = [extents[0] * strides[0], extents[1] * strides[1]]
    }
    guard let target else {
      return (window(pads: autoPad == "VALID" ? [0, 0, 0, 0] : try statedPads()), outputPads)
    }
    var pads = [0, 0, 0, 0]
    for axis in 0...1 {
      let natural = (extents[axis] - 1) * strides[axis] + span(axis) + outputPads[axis]
      let excess = max(natural - target[axis], 0)
      let front = autoPad == "SAME_UPPER" ? excess / 2 : excess - excess / 2
      pads[axis] = front
      pads[axis + 2] = excess - front
      outputPads[axis] += max(target[axis] - natural, 0)
    }
    return (window(pads: pads), outputPads)
  }

  /// Two of the numbers of an attribute, or of the last two of a shape of four.
  private static func pair(_ node: NodeReader, _ name: String) throws(ONNXError) -> [Int]? {
    guard let numbers = try node.ints(name) else { return nil }
    guard numbers.count == 2 else {
      throw node.unsupported(
        "\(name) has \(numbers.count) numbers, expected 2", "use two-dimensional images")
    }
    return numbers
  }

  /// The spatial extents in output_shape, which may state batch and channels too.
  private func statedOutput() throws(ONNXError) -> [Int]? {
    guard let numbers = try node.ints("output_shape"), !numbers.isEmpty else { return nil }
    guard numbers.count == 2 || numbers.count == 4,
      numbers.allSatisfy((1...Shape.maximumElements).contains)
    else {
      throw node.invalid("output_shape is \(numbers)", "give the two spatial extents")
    }
    return Array(numbers.suffix(2))
  }

  /// Top, left, bottom, right.
  private func statedPads() throws(ONNXError) -> [Int] {
    guard let pads = try node.ints("pads") else { return [0, 0, 0, 0] }
    guard pads.count == 4 else {
      throw node.unsupported(
        "pads has \(pads.count) numbers, expected 4", "use two-dimensional images")
    }
    return pads
  }

  /// Pads that give ceil(extent / stride) outputs; `front` says how many of a total go in front.
  private func samePads(_ front: (Int) -> Int) -> [Int] {
    var pads = [0, 0, 0, 0]
    for axis in 0...1 {
      let outputs = (extents[axis] + strides[axis] - 1) / strides[axis]
      let total = max((outputs - 1) * strides[axis] + span(axis) - extents[axis], 0)
      pads[axis] = front(total)
      pads[axis + 2] = total - pads[axis]
    }
    return pads
  }

  private func span(_ axis: Int) -> Int { (kernel[axis] - 1) * dilations[axis] + 1 }

  private func window(pads: [Int]) -> Window {
    Window(
      kernel: (kernel[0], kernel[1]), strides: (strides[0], strides[1]),
      dilations: (dilations[0], dilations[1]),
      pads: (top: pads[0], left: pads[1], bottom: pads[2], right: pads[3]))
  }
}
