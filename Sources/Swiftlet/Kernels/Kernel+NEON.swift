#if arch(arm64)
  import KernelTemplates
  import KernelsNEON

  extension Kernel {
    /// The neon kernels.
    static let neonKernels: [Kernel] = [
      Kernel(.convolution, .neon, tile: "16x4", .convolution(KernelsNEON.convolution1)),
      Kernel(.convolution, .neon, tile: "12x8", .convolution(KernelsNEON.convolution2)),
      Kernel(.convolution, .neon, tile: "8x12", .convolution(KernelsNEON.convolution3)),
      Kernel(.convolution, .neon, tile: "6x16", .convolution(KernelsNEON.convolution4)),
      Kernel(.convolution, .neon, tile: "12x6", .convolution(KernelsNEON.convolutionPairs)),
      Kernel(.convolution, .neon, tile: "8x1", .convolution(KernelsNEON.convolutionSum)),
      Kernel(.depthwise, .neon, tile: "any-1x4", .depthwise(KernelsNEON.depthwiseGeneral)),
      Kernel(.depthwise, .neon, tile: "3x3s1-8x4", .depthwise(KernelsNEON.depthwise3x3s1)),
      Kernel(.depthwise, .neon, tile: "3x3s2-4x4", .depthwise(KernelsNEON.depthwise3x3s2)),
      Kernel(.depthwise, .neon, tile: "5x5s1-8x4", .depthwise(KernelsNEON.depthwise5x5s1)),
      Kernel(.depthwise, .neon, tile: "5x5s2-4x4", .depthwise(KernelsNEON.depthwise5x5s2)),
      Kernel(.bilinear, .neon, tile: "1x4", .bilinear(KernelsNEON.bilinear)),
      Kernel(.maxPool, .neon, tile: "1x4", .pooling(KernelsNEON.maxPool)),
      Kernel(.averagePool, .neon, tile: "1x4", .pooling(KernelsNEON.averagePool)),
      Kernel(.columnSum, .neon, tile: "4x4", .columnSum(KernelsNEON.columnSum)),
      Kernel(.add, .neon, tile: "1x4", .elementwise(KernelsNEON.add)),
      Kernel(.subtract, .neon, tile: "1x4", .elementwise(KernelsNEON.subtract)),
      Kernel(.multiply, .neon, tile: "1x4", .elementwise(KernelsNEON.multiply)),
      Kernel(.divide, .neon, tile: "1x4", .elementwise(KernelsNEON.divide)),
      Kernel(.maximum, .neon, tile: "1x4", .elementwise(KernelsNEON.maximum)),
      Kernel(.minimum, .neon, tile: "1x4", .elementwise(KernelsNEON.minimum)),
      Kernel(.prelu, .neon, tile: "1x4", .elementwise(KernelsNEON.prelu)),
      Kernel(.clip, .neon, tile: "1x4", .elementwise(KernelsNEON.clip)),
      Kernel(.leakyRelu, .neon, tile: "1x4", .elementwise(KernelsNEON.leakyRelu)),
      Kernel(.sigmoid, .neon, tile: "1x4", .elementwise(KernelsNEON.sigmoid)),
      Kernel(.hardSigmoid, .neon, tile: "1x4", .elementwise(KernelsNEON.hardSigmoid)),
      Kernel(.hardSwish, .neon, tile: "1x4", .elementwise(KernelsNEON.hardSwish)),
      Kernel(.silu, .neon, tile: "1x4", .elementwise(KernelsNEON.silu)),
      Kernel(.tanh, .neon, tile: "1x4", .elementwise(KernelsNEON.tanh)),
      Kernel(.exp, .neon, tile: "1x4", .elementwise(KernelsNEON.exp)),
      Kernel(.squareRoot, .neon, tile: "1x4", .elementwise(KernelsNEON.squareRoot)),
      Kernel(
        .winogradInput, .neon, tile: "4x4x4", .winogradInput(KernelsNEON.winogradInput4)),
      Kernel(
        .winogradOutput, .neon, tile: "4x4x4", .winogradOutput(KernelsNEON.winogradOutput4)),
      Kernel(
        .winogradFilters, .neon, tile: "6x6x8",
        .winogradFilters(KernelsNEON.winogradFilters4)),
      Kernel(.referenceSums, .neon, tile: "1x2", .referenceSums(KernelsNEON.referenceSums)),
      Kernel(.peak, .neon, tile: "12x4", .peak(KernelsNEON.peak)),
      Kernel(.weightedRows, .neon, tile: "32", .weightedRows(KernelsNEON.weightedRows)),
      Kernel(.weightedPixels, .neon, tile: "4x16", .weightedPixels(KernelsNEON.weightedPixels)),
      Kernel(.jpegBlocks, .neon, tile: "8x8", .jpegBlocks(KernelsNEON.jpegBlocks)),
      Kernel(
        .secondDifferences, .neon, tile: "1-8",
        .secondDifferences(KernelsNEON.secondDifferences1)),
      Kernel(
        .secondDifferences, .neon, tile: "3-8",
        .secondDifferences(KernelsNEON.secondDifferences3)),
      Kernel(.guidedFunctions, .neon, tile: "16", .guided(KernelsNEON.guidedFunctions)),
      Kernel(.guidedMeans, .neon, tile: "16", .guided(KernelsNEON.guidedMeans)),
    ]
  }
#endif
