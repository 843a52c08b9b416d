#if arch(x86_64)
  import KernelTemplates
  import KernelsAVX512

  extension Kernel {
    /// The avx512 kernels.
    static let avx512Kernels: [Kernel] = [
      Kernel(.convolution, .avx512, tile: "16x16", .convolution(KernelsAVX512.convolution1)),
      Kernel(.convolution, .avx512, tile: "8x32", .convolution(KernelsAVX512.convolution2)),
      Kernel(.convolution, .avx512, tile: "8x48", .convolution(KernelsAVX512.convolution3)),
      Kernel(.convolution, .avx512, tile: "6x64", .convolution(KernelsAVX512.convolution4)),
      Kernel(.convolution, .avx512, tile: "12x24", .convolution(KernelsAVX512.convolutionPairs)),
      Kernel(.convolution, .avx512, tile: "8x1", .convolution(KernelsAVX512.convolutionSum)),
      Kernel(.depthwise, .avx512, tile: "any-1x16", .depthwise(KernelsAVX512.depthwiseGeneral)),
      Kernel(.depthwise, .avx512, tile: "3x3s1-8x16", .depthwise(KernelsAVX512.depthwise3x3s1)),
      Kernel(.depthwise, .avx512, tile: "3x3s2-4x16", .depthwise(KernelsAVX512.depthwise3x3s2)),
      Kernel(.depthwise, .avx512, tile: "5x5s1-8x16", .depthwise(KernelsAVX512.depthwise5x5s1)),
      Kernel(.depthwise, .avx512, tile: "5x5s2-4x16", .depthwise(KernelsAVX512.depthwise5x5s2)),
      Kernel(
        .winogradInput, .avx512, tile: "4x4x16", .winogradInput(KernelsAVX512.winogradInput4)),
      Kernel(
        .winogradOutput, .avx512, tile: "4x4x16", .winogradOutput(KernelsAVX512.winogradOutput4)),
      Kernel(
        .winogradFilters, .avx512, tile: "6x6x8",
        .winogradFilters(KernelsAVX512.winogradFilters4)),
      Kernel(.referenceSums, .avx512, tile: "1x2", .referenceSums(KernelsAVX512.referenceSums)),
      Kernel(.peak, .avx512, tile: "12x16", .peak(KernelsAVX512.peak)),
      Kernel(.bilinear, .avx512, tile: "1x16", .bilinear(KernelsAVX512.bilinear)),
      Kernel(.maxPool, .avx512, tile: "1x16", .pooling(KernelsAVX512.maxPool)),
      Kernel(.averagePool, .avx512, tile: "1x16", .pooling(KernelsAVX512.averagePool)),
      Kernel(.columnSum, .avx512, tile: "4x16", .columnSum(KernelsAVX512.columnSum)),
      Kernel(.add, .avx512, tile: "1x16", .elementwise(KernelsAVX512.add)),
      Kernel(.subtract, .avx512, tile: "1x16", .elementwise(KernelsAVX512.subtract)),
      Kernel(.multiply, .avx512, tile: "1x16", .elementwise(KernelsAVX512.multiply)),
      Kernel(.divide, .avx512, tile: "1x16", .elementwise(KernelsAVX512.divide)),
      Kernel(.maximum, .avx512, tile: "1x16", .elementwise(KernelsAVX512.maximum)),
      Kernel(.minimum, .avx512, tile: "1x16", .elementwise(KernelsAVX512.minimum)),
      Kernel(.prelu, .avx512, tile: "1x16", .elementwise(KernelsAVX512.prelu)),
      Kernel(.clip, .avx512, tile: "1x16", .elementwise(KernelsAVX512.clip)),
      Kernel(.leakyRelu, .avx512, tile: "1x16", .elementwise(KernelsAVX512.leakyRelu)),
      Kernel(.sigmoid, .avx512, tile: "1x16", .elementwise(KernelsAVX512.sigmoid)),
      Kernel(.hardSigmoid, .avx512, tile: "1x16", .elementwise(KernelsAVX512.hardSigmoid)),
      Kernel(.hardSwish, .avx512, tile: "1x16", .elementwise(KernelsAVX512.hardSwish)),
      Kernel(.silu, .avx512, tile: "1x16", .elementwise(KernelsAVX512.silu)),
      Kernel(.tanh, .avx512, tile: "1x16", .elementwise(KernelsAVX512.tanh)),
      Kernel(.exp, .avx512, tile: "1x16", .elementwise(KernelsAVX512.exp)),
      Kernel(.squareRoot, .avx512, tile: "1x16", .elementwise(KernelsAVX512.squareRoot)),
      Kernel(.weightedRows, .avx512, tile: "32", .weightedRows(KernelsAVX512.weightedRows)),
      Kernel(.weightedPixels, .avx512, tile: "4x16", .weightedPixels(KernelsAVX512.weightedPixels)),
      Kernel(.jpegBlocks, .avx512, tile: "8x8", .jpegBlocks(KernelsAVX512.jpegBlocks)),
      Kernel(
        .secondDifferences, .avx512, tile: "1-8",
        .secondDifferences(KernelsAVX512.secondDifferences1)),
      Kernel(
        .secondDifferences, .avx512, tile: "3-8",
        .secondDifferences(KernelsAVX512.secondDifferences3)),
      Kernel(.guidedFunctions, .avx512, tile: "16", .guided(KernelsAVX512.guidedFunctions)),
      Kernel(.guidedMeans, .avx512, tile: "16", .guided(KernelsAVX512.guidedMeans)),
    ]
  }
#endif
