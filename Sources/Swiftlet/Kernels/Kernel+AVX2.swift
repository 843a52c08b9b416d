#if arch(x86_64)
  import KernelTemplates
  import KernelsAVX2

  extension Kernel {
    /// The avx2 kernels.
    static let avx2Kernels: [Kernel] = [
      Kernel(.convolution, .avx2, tile: "8x8", .convolution(KernelsAVX2.convolution1)),
      Kernel(.convolution, .avx2, tile: "6x16", .convolution(KernelsAVX2.convolution2)),
      Kernel(.convolution, .avx2, tile: "4x24", .convolution(KernelsAVX2.convolution3)),
      Kernel(.convolution, .avx2, tile: "2x32", .convolution(KernelsAVX2.convolution4)),
      Kernel(.convolution, .avx2, tile: "6x12", .convolution(KernelsAVX2.convolutionPairs)),
      Kernel(.convolution, .avx2, tile: "8x1", .convolution(KernelsAVX2.convolutionSum)),
      Kernel(.depthwise, .avx2, tile: "any-1x8", .depthwise(KernelsAVX2.depthwiseGeneral)),
      Kernel(.depthwise, .avx2, tile: "3x3s1-4x8", .depthwise(KernelsAVX2.depthwise3x3s1)),
      Kernel(.depthwise, .avx2, tile: "3x3s2-4x8", .depthwise(KernelsAVX2.depthwise3x3s2)),
      Kernel(.depthwise, .avx2, tile: "5x5s1-4x8", .depthwise(KernelsAVX2.depthwise5x5s1)),
      Kernel(.depthwise, .avx2, tile: "5x5s2-2x8", .depthwise(KernelsAVX2.depthwise5x5s2)),
      Kernel(
        .winogradInput, .avx2, tile: "4x4x8", .winogradInput(KernelsAVX2.winogradInput4)),
      Kernel(
        .winogradOutput, .avx2, tile: "4x4x8", .winogradOutput(KernelsAVX2.winogradOutput4)),
      Kernel(
        .winogradFilters, .avx2, tile: "6x6x8",
        .winogradFilters(KernelsAVX2.winogradFilters4)),
      Kernel(.referenceSums, .avx2, tile: "1x2", .referenceSums(KernelsAVX2.referenceSums)),
      Kernel(.peak, .avx2, tile: "12x8", .peak(KernelsAVX2.peak)),
      Kernel(.bilinear, .avx2, tile: "1x8", .bilinear(KernelsAVX2.bilinear)),
      Kernel(.maxPool, .avx2, tile: "1x8", .pooling(KernelsAVX2.maxPool)),
      Kernel(.averagePool, .avx2, tile: "1x8", .pooling(KernelsAVX2.averagePool)),
      Kernel(.columnSum, .avx2, tile: "4x8", .columnSum(KernelsAVX2.columnSum)),
      Kernel(.add, .avx2, tile: "1x8", .elementwise(KernelsAVX2.add)),
      Kernel(.subtract, .avx2, tile: "1x8", .elementwise(KernelsAVX2.subtract)),
      Kernel(.multiply, .avx2, tile: "1x8", .elementwise(KernelsAVX2.multiply)),
      Kernel(.divide, .avx2, tile: "1x8", .elementwise(KernelsAVX2.divide)),
      Kernel(.maximum, .avx2, tile: "1x8", .elementwise(KernelsAVX2.maximum)),
      Kernel(.minimum, .avx2, tile: "1x8", .elementwise(KernelsAVX2.minimum)),
      Kernel(.prelu, .avx2, tile: "1x8", .elementwise(KernelsAVX2.prelu)),
      Kernel(.clip, .avx2, tile: "1x8", .elementwise(KernelsAVX2.clip)),
      Kernel(.leakyRelu, .avx2, tile: "1x8", .elementwise(KernelsAVX2.leakyRelu)),
      Kernel(.sigmoid, .avx2, tile: "1x8", .elementwise(KernelsAVX2.sigmoid)),
      Kernel(.hardSigmoid, .avx2, tile: "1x8", .elementwise(KernelsAVX2.hardSigmoid)),
      Kernel(.hardSwish, .avx2, tile: "1x8", .elementwise(KernelsAVX2.hardSwish)),
      Kernel(.silu, .avx2, tile: "1x8", .elementwise(KernelsAVX2.silu)),
      Kernel(.tanh, .avx2, tile: "1x8", .elementwise(KernelsAVX2.tanh)),
      Kernel(.exp, .avx2, tile: "1x8", .elementwise(KernelsAVX2.exp)),
      Kernel(.squareRoot, .avx2, tile: "1x8", .elementwise(KernelsAVX2.squareRoot)),
      Kernel(.weightedRows, .avx2, tile: "32", .weightedRows(KernelsAVX2.weightedRows)),
      Kernel(.weightedPixels, .avx2, tile: "2x16", .weightedPixels(KernelsAVX2.weightedPixels)),
      Kernel(.jpegBlocks, .avx2, tile: "8x8", .jpegBlocks(KernelsAVX2.jpegBlocks)),
      Kernel(
        .secondDifferences, .avx2, tile: "1-8",
        .secondDifferences(KernelsAVX2.secondDifferences1)),
      Kernel(
        .secondDifferences, .avx2, tile: "3-8",
        .secondDifferences(KernelsAVX2.secondDifferences3)),
      Kernel(.guidedFunctions, .avx2, tile: "16", .guided(KernelsAVX2.guidedFunctions)),
      Kernel(.guidedMeans, .avx2, tile: "16", .guided(KernelsAVX2.guidedMeans)),
    ]
  }
#endif
