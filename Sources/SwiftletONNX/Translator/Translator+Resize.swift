internal import Swiftlet

extension Translator {
  /// Opset 10 has scales only and the coordinates of Upsample; later versions state the coordinates
  /// and may give the sizes instead.
  mutating func resize(_ node: NodeReader) throws(ONNXError) -> Operand {
    guard opset >= 10 else {
      throw node.invalid("Resize came with opset 10", "state the opset of its operators")
    }
    let x = try value(node, 0)
    let shape = graph[x].shape
    if opset == 10 {
      return try resize(node, x, try scales(node, 1), coordinates: .asymmetric, nearest: nil)
    }
    guard try !node.flag("antialias") else {
      throw node.unsupported("antialias is not supported", "export with antialias = 0")
    }
    let target = try target(node, shape)
    return try resize(
      node, x, target, coordinates: try coordinates(node), nearest: try nearestMode(node))
  }

  /// Scales are an attribute up to opset 8 and an input since.
  mutating func upsample(_ node: NodeReader) throws(ONNXError) -> Operand {
    let x = try value(node, 0)
    let scales: [Float]
    if node.hasInput(1) {
      scales = try self.scales(node, 1).scales
    } else if let stated = try node.floats("scales") {
      scales = stated
    } else {
      throw node.invalid("its scales are missing", "give a scale for each dimension")
    }
    return try resize(
      node, x, Target(scales: scales, sizes: nil), coordinates: .asymmetric, nearest: nil)
  }

  /// What a resize aims at: a scale a dimension, and the extents where they are stated.
  private struct Target {
    var scales: [Float]
    var sizes: [Int]?
  }

  /// Appends the operator.
  ///
  /// - Parameter nearest: How a nearest resize rounds; nil for the old rule, down to enlarge and up
  ///   to reduce.
  private mutating func resize(
    _ node: NodeReader, _ x: ValueID, _ target: Target, coordinates: CoordinateMode,
    nearest: NearestMode?
  ) throws(ONNXError) -> Operand {
    let shape = graph[x].shape
    let scales = target.scales
    guard scales.count == shape.count, scales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw node.invalid("scales \(scales) for \(shape)", "give a positive scale a dimension")
    }
    guard shape.count == 4, scales[0] == 1, scales[1] == 1,
      target.sizes.map({ $0.prefix(2) == shape.prefix(2) }) ?? true
    else {
      throw node.unsupported(
        "\(shape) by \(scales) is no resize of two-dimensional images",
        "resize the last two of four dimensions only")
    }
    let output = if let sizes = target.sizes { sizes } else { try sizes(node, shape, scales) }
    let mode: Resize.Mode
    switch try node.string("mode", default: "nearest") {
    case "linear", "bilinear": mode = .linear
    case "nearest":
      let rounding = if let nearest { nearest } else { try oldRounding(node, scales) }
      mode = .nearest(rounding)
    case let other:
      throw node.unsupported("mode '\(other)' is not supported", "use nearest or linear")
    }
    let resize = Resize(
      mode: mode, coordinates: coordinates, scaleY: scales[2], scaleX: scales[3])
    return .value(try append(node, .resize(resize), [x], shape: output))
  }

  /// The extents rounded down, multiplied in single precision.
  private func sizes(
    _ node: NodeReader, _ shape: [Int], _ scales: [Float]
  ) throws(ONNXError) -> [Int] {
    try zip(shape, scales).map { (extent, scale) throws(ONNXError) in
      let exact = Float(extent) * scale
      guard exact >= 1, exact < Float(Shape.maximumElements) else {
        throw node.invalid(
          "scale \(scale) makes an extent of \(extent) empty or too large", "give another scale")
      }
      return Int(exact)
    }
  }

  private func oldRounding(_ node: NodeReader, _ scales: [Float]) throws(ONNXError) -> NearestMode {
    if scales.allSatisfy({ $0 >= 1 }) { return .floor }
    guard scales[2...].allSatisfy({ $0 <= 1 }) else {
      throw node.unsupported(
        "scales \(scales) enlarge one extent and reduce the other",
        "export with opset 11 or later")
    }
    return .ceil
  }
}

// MARK: - Attributes and inputs

extension Translator {
  private func scales(_ node: NodeReader, _ index: Int) throws(ONNXError) -> Target {
    guard let scales = try literal(node, index, "list of scales").floatingPoint else {
      throw node.invalid("its scales are integers", "give floating-point numbers")
    }
    return Target(scales: scales, sizes: nil)
  }

  /// From inputs 2, scales, or 3, sizes; since opset 18 for the dimensions in the attribute axes
  /// only.
  private func target(_ node: NodeReader, _ shape: [Int]) throws(ONNXError) -> Target {
    let axes = try node.ints("axes").map { (axes) throws(ONNXError) in
      try node.axes(axes, rank: shape.count)
    }
    let dimensions = axes ?? Array(shape.indices)
    let stated = node.hasInput(2) ? try scales(node, 2).scales : []
    if !stated.isEmpty {
      guard stated.count == dimensions.count else {
        throw node.invalid(
          "\(stated.count) scales for \(dimensions.count) dimensions", "give one for each")
      }
      var scales = [Float](repeating: 1, count: shape.count)
      for (axis, scale) in zip(dimensions, stated) { scales[axis] = scale }
      return Target(scales: scales, sizes: nil)
    }
    guard node.hasInput(3) else {
      throw node.invalid("it has neither scales nor sizes", "give one of them")
    }
    let sizes = try integers(node, 3, "list of sizes")
    guard sizes.count == dimensions.count,
      sizes.allSatisfy((1...Shape.maximumElements).contains)
    else {
      throw node.invalid("sizes \(sizes) for \(shape)", "give a positive extent a dimension")
    }
    return try fit(node, shape, dimensions, sizes)
  }

  /// Sizes as stated, or the largest within or the smallest around them at one scale.
  private func fit(
    _ node: NodeReader, _ shape: [Int], _ dimensions: [Int], _ sizes: [Int]
  ) throws(ONNXError) -> Target {
    var target = Target(scales: [Float](repeating: 1, count: shape.count), sizes: shape)
    let ratios = zip(dimensions, sizes).map { Float($1) / Float(shape[$0]) }
    let common: Float?
    switch try node.string("keep_aspect_ratio_policy", default: "stretch") {
    case "stretch": common = nil
    case "not_larger": common = ratios.min()
    case "not_smaller": common = ratios.max()
    case let other:
      throw node.unsupported(
        "keep_aspect_ratio_policy '\(other)'", "use stretch, not_larger or not_smaller")
    }
    for (position, axis) in dimensions.enumerated() {
      target.scales[axis] = common ?? ratios[position]
      let extent = common.map { (Float(shape[axis]) * $0 + 0.5).rounded(.down) }
      target.sizes?[axis] =
        try extent.map { (extent) throws(ONNXError) in
          guard extent >= 1, extent < Float(Shape.maximumElements) else {
            throw node.invalid("sizes \(sizes) make \(shape) empty", "give larger sizes")
          }
          return Int(extent)
        } ?? sizes[position]
    }
    return target
  }

  private func coordinates(_ node: NodeReader) throws(ONNXError) -> CoordinateMode {
    switch try node.string("coordinate_transformation_mode", default: "half_pixel") {
    case "half_pixel": .halfPixel
    case "half_pixel_symmetric": .halfPixelSymmetric
    case "pytorch_half_pixel": .pytorchHalfPixel
    case "align_corners": .alignCorners
    case "asymmetric": .asymmetric
    case "tf_half_pixel_for_nn": .tfHalfPixelForNN
    case let other:
      throw node.unsupported(
        "coordinate_transformation_mode '\(other)' is not supported",
        "use half_pixel, align_corners or asymmetric")
    }
  }

  private func nearestMode(_ node: NodeReader) throws(ONNXError) -> NearestMode {
    switch try node.string("nearest_mode", default: "round_prefer_floor") {
    case "round_prefer_floor": .roundPreferFloor
    case "round_prefer_ceil": .roundPreferCeil
    case "floor": .floor
    case "ceil": .ceil
    case let other:
      throw node.unsupported("nearest_mode '\(other)' is unknown", "use floor or ceil")
    }
  }
}
