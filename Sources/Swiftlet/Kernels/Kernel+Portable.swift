import KernelTemplates
import KernelsPortable

extension Kernel {
  /// The portable kernels.
  static let portableKernels: [Kernel] = [
    Kernel(.convolution, .portable, tile: "8x4", .convolution(KernelsPortable.convolution1)),
    Kernel(.convolution, .portable, tile: "6x8", .convolution(KernelsPortable.convolution2)),
    Kernel(.convolution, .portable, tile: "4x12", .convolution(KernelsPortable.convolution3)),
    Kernel(.convolution, .portable, tile: "2x16", .convolution(KernelsPortable.convolution4)),
    Kernel(.convolution, .portable, tile: "6x6", .convolution(KernelsPortable.convolutionPairs)),
    Kernel(.convolution, .portable, tile: "8x1", .convolution(KernelsPortable.convolutionSum)),
    Kernel(.depthwise, .portable, tile: "any-1x4", .depthwise(KernelsPortable.depthwiseGeneral)),
    Kernel(.depthwise, .portable, tile: "3x3s1-4x4", .depthwise(KernelsPortable.depthwise3x3s1)),
    Kernel(.depthwise, .portable, tile: "3x3s2-4x4", .depthwise(KernelsPortable.depthwise3x3s2)),
    Kernel(.depthwise, .portable, tile: "5x5s1-4x4", .depthwise(KernelsPortable.depthwise5x5s1)),
    Kernel(.depthwise, .portable, tile: "5x5s2-2x4", .depthwise(KernelsPortable.depthwise5x5s2)),
    Kernel(
      .winogradInput, .portable, tile: "4x4x4", .winogradInput(KernelsPortable.winogradInput4)),
    Kernel(
      .winogradOutput, .portable, tile: "4x4x4", .winogradOutput(KernelsPortable.winogradOutput4)),
    Kernel(
      .winogradFilters, .portable, tile: "6x6x8",
      .winogradFilters(KernelsPortable.winogradFilters4)),
    Kernel(.referenceSums, .portable, tile: "1x2", .referenceSums(KernelsPortable.referenceSums)),
    Kernel(.peak, .portable, tile: "12x4", .peak(KernelsPortable.peak)),
    Kernel(.bilinear, .portable, tile: "1x4", .bilinear(KernelsPortable.bilinear)),
    Kernel(.maxPool, .portable, tile: "1x4", .pooling(KernelsPortable.maxPool)),
    Kernel(.averagePool, .portable, tile: "1x4", .pooling(KernelsPortable.averagePool)),
    Kernel(.columnSum, .portable, tile: "4x4", .columnSum(KernelsPortable.columnSum)),
    Kernel(.add, .portable, tile: "1x4", .elementwise(KernelsPortable.add)),
    Kernel(.subtract, .portable, tile: "1x4", .elementwise(KernelsPortable.subtract)),
    Kernel(.multiply, .portable, tile: "1x4", .elementwise(KernelsPortable.multiply)),
    Kernel(.divide, .portable, tile: "1x4", .elementwise(KernelsPortable.divide)),
    Kernel(.maximum, .portable, tile: "1x4", .elementwise(KernelsPortable.maximum)),
    Kernel(.minimum, .portable, tile: "1x4", .elementwise(KernelsPortable.minimum)),
    Kernel(.prelu, .portable, tile: "1x4", .elementwise(KernelsPortable.prelu)),
    Kernel(.clip, .portable, tile: "1x4", .elementwise(KernelsPortable.clip)),
    Kernel(.leakyRelu, .portable, tile: "1x4", .elementwise(KernelsPortable.leakyRelu)),
    Kernel(.sigmoid, .portable, tile: "1x4", .elementwise(KernelsPortable.sigmoid)),
    Kernel(.hardSigmoid, .portable, tile: "1x4", .elementwise(KernelsPortable.hardSigmoid)),
    Kernel(.hardSwish, .portable, tile: "1x4", .elementwise(KernelsPortable.hardSwish)),
    Kernel(.silu, .portable, tile: "1x4", .elementwise(KernelsPortable.silu)),
    Kernel(.tanh, .portable, tile: "1x4", .elementwise(KernelsPortable.tanh)),
    Kernel(.exp, .portable, tile: "1x4", .elementwise(KernelsPortable.exp)),
    Kernel(.squareRoot, .portable, tile: "1x4", .elementwise(KernelsPortable.squareRoot)),
    Kernel(.weightedRows, .portable, tile: "32", .weightedRows(KernelsPortable.weightedRows)),
    Kernel(
      .weightedPixels, .portable, tile: "2x16", .weightedPixels(KernelsPortable.weightedPixels)),
    Kernel(.jpegBlocks, .portable, tile: "8x8", .jpegBlocks(KernelsPortable.jpegBlocks)),
    Kernel(
      .secondDifferences, .portable, tile: "1-8",
      .secondDifferences(KernelsPortable.secondDifferences1)),
    Kernel(
      .secondDifferences, .portable, tile: "3-8",
      .secondDifferences(KernelsPortable.secondDifferences3)),
    Kernel(.guidedFunctions, .portable, tile: "16", .guided(KernelsPortable.guidedFunctions)),
    Kernel(.guidedMeans, .portable, tile: "16", .guided(KernelsPortable.guidedMeans)),
  ]
}
