extension OperatorApplication {
  /// x, weight, [bias], [residual]; output extent (in + pads - span) / stride + 1.
  func convolution(_ window: Window, groups: Int) throws(EngineError) -> [Int] {
    let x = try image(0)
    let weight = try image(1)
    try check(window)
    let outputs = weight.batch
    guard groups >= 1, x.channels % groups == 0, outputs % groups == 0,
      weight.channels == x.channels / groups
    else {
      throw mismatch(
        "\(groups) groups, \(x.channels) input channels and weight \(try input(1)) do not fit",
        "both channel counts are multiples of the groups, and the weight has input channels / groups"
      )
    }
    try check(kernel: weight.height, weight.width, window)
    try check(bias: optionalInput(2), channels: outputs)
    let shape = try shape(
      batch: x.batch, channels: outputs,
      height: extent(
        x.height, window.kernelHeight, window.spanY, window.strideY, window.padTop,
        window.padBottom),
      width: extent(
        x.width, window.kernelWidth, window.spanX, window.strideX, window.padLeft, window.padRight))
    if let residual = optionalInput(3), residual != shape {
      throw mismatch(
        "the residual is \(residual), the output \(shape)", "add a value of the output's shape")
    }
    return shape
  }

  /// x, weight, [bias]; output extent (in - 1) * stride + span + output pad - pads.
  func transposedConvolution(
    _ window: Window, outputPadY: Int, outputPadX: Int, groups: Int
  ) throws(EngineError) -> [Int] {
    let x = try image(0)
    let stored = try input(1)
    guard stored.count == 4 else {
      throw mismatch("the weight is \(stored), expected 4 dimensions", "give a 2-D kernel")
    }
    try check(window)
    let (rows, columns, filters) =
      layout == .nchw ? (stored[2], stored[3], stored[1]) : (stored[1], stored[2], stored[3])
    guard groups >= 1, x.channels % groups == 0, stored[0] == x.channels else {
      throw mismatch(
        "\(groups) groups, \(x.channels) input channels and weight \(stored) do not fit",
        "the input channels are a multiple of the groups and the first extent of the weight")
    }
    try check(kernel: rows, columns, window)
    guard window.padTop < window.spanY, window.padBottom < window.spanY,
      window.padLeft < window.spanX, window.padRight < window.spanX
    else {
      throw invalid("it crops by the kernel's extent or more", "give pads below that extent")
    }
    guard outputPadY >= 0, outputPadY < max(window.strideY, window.dilationY),
      outputPadX >= 0, outputPadX < max(window.strideX, window.dilationX)
    else {
      throw invalid(
        "the output padding is \(outputPadY), \(outputPadX)",
        "give an output padding from 0 to below the stride or the dilation")
    }
    let (outputs, overflow) = filters.multipliedReportingOverflow(by: groups)
    guard !overflow else {
      throw mismatch("\(filters) filters in \(groups) groups are too many", "give fewer")
    }
    try check(bias: optionalInput(2), channels: outputs)
    let height =
      (x.height - 1) * window.strideY + window.spanY + outputPadY - window.padTop - window.padBottom
    let width =
      (x.width - 1) * window.strideX + window.spanX + outputPadX - window.padLeft - window.padRight
    return shape(batch: x.batch, channels: outputs, height: height, width: width)
  }

  /// x. Every window holds at least one pixel of the input.
  ///
  /// Rounding up adds a window that overhangs the padding, unless it would start beyond the input.
  func pooling(_ window: Window, ceil: Bool) throws(EngineError) -> [Int] {
    let x = try image(0)
    try check(window)
    guard window.padTop < window.spanY, window.padBottom < window.spanY,
      window.padLeft < window.spanX, window.padRight < window.spanX
    else {
      throw invalid("it pads by the kernel's extent or more", "give pads below that extent")
    }
    guard window.padTop == 0 || window.dilationY <= x.height,
      window.padLeft == 0 || window.dilationX <= x.width
    else {
      throw invalid(
        "the dilation exceeds the padded input \(try input(0))", "give a dilation within the input")
    }
    return try shape(
      batch: x.batch, channels: x.channels,
      height: extent(
        x.height, window.kernelHeight, window.spanY, window.strideY, window.padTop,
        window.padBottom, ceil: ceil),
      width: extent(
        x.width, window.kernelWidth, window.spanX, window.strideX, window.padLeft, window.padRight,
        ceil: ceil))
  }

  /// x. The stated shape's extents agree with the scales to within the rounding.
  func resize(_ resize: Resize) throws(EngineError) -> [Int] {
    let x = try image(0)
    guard let declared, declared.count == 4 else {
      throw invalid("a resize without the shape of its output", "state four extents")
    }
    let output = layout == .nchw ? declared : [declared[0], declared[3], declared[1], declared[2]]
    guard output[0] == x.batch, output[1] == x.channels else {
      throw mismatch(
        "\(try input(0)) to \(declared) changes the batch or the channels", "resize the image only")
    }
    for (input, output, scale) in [
      (x.height, output[2], resize.scaleY), (x.width, output[3], resize.scaleX),
    ] {
      let exact = Double(input) * Double(scale)
      guard scale > 0, exact >= Double(output) * 0.499, exact <= Double(output) * 1.001 + 1 else {
        throw mismatch(
          "scale \(scale) does not turn \(input) into \(output)",
          "state the scale that gives the output's extent")
      }
    }
    return declared
  }
}

extension OperatorApplication {
  /// Kernel extents, strides and dilations from 1, pads from 0, all up to the maximum.
  private func check(_ window: Window) throws(EngineError) {
    let positive = [
      window.kernelHeight, window.kernelWidth, window.strideY, window.strideX, window.dilationY,
      window.dilationX,
    ]
    let pads = [window.padTop, window.padLeft, window.padBottom, window.padRight]
    let maximum = ShapeInference.maximumWindow
    guard positive.allSatisfy({ (1...maximum).contains($0) }),
      pads.allSatisfy({ (0...maximum).contains($0) })
    else {
      throw invalid(
        "kernel, strides and dilations \(positive), pads \(pads)",
        "give kernel, strides and dilations from 1 and pads from 0, up to \(maximum)")
    }
  }

  private func check(kernel rows: Int, _ columns: Int, _ window: Window) throws(EngineError) {
    guard rows == window.kernelHeight, columns == window.kernelWidth else {
      throw mismatch(
        "the weight's kernel is \(rows)x\(columns), the window's "
          + "\(window.kernelHeight)x\(window.kernelWidth)",
        "state the weight's extents")
    }
  }

  private func check(bias: [Int]?, channels: Int) throws(EngineError) {
    if let bias, bias != [channels] {
      throw mismatch("the bias is \(bias), expected [\(channels)]", "give one value a channel")
    }
  }

  /// The number of windows along an axis. All numbers have been checked.
  private func extent(
    _ input: Int, _ kernel: Int, _ span: Int, _ stride: Int, _ before: Int, _ after: Int,
    ceil: Bool = false
  ) throws(EngineError) -> Int {
    let slack = input + before + after - span
    guard slack >= 0 || (ceil && slack > -stride) else {
      throw mismatch(
        "a kernel of extent \(kernel), dilated \(span), exceeds the padded input "
          + "\(input) + \(before) + \(after)",
        "give a larger input or a smaller kernel")
    }
    guard ceil else { return slack / stride + 1 }
    let rounded = (slack + stride - 1) / stride + 1
    return (rounded - 1) * stride >= input + before ? rounded - 1 : rounded
  }
}
