import Builtin
public import KernelTemplates

// The entry points of one instruction set. This file is compiled in every kernel module, each with the
// registers, arithmetic and tiles that its own `Registers.swift` defines. `ISALanes` is private to this
// one file so that its witnesses are too: a kernel object holds no weak symbol.

private enum ISALanes: Lanes {
  @inline(always)
  static func multiplyAdd(_ sum: Register, _ a: Register, _ b: Register) -> Register {
    registerMultiplyAdd(sum, a, b)
  }

  @inline(always)
  static func max(_ a: Register, _ b: Register) -> Register { registerMax(a, b) }

  @inline(always)
  static func min(_ a: Register, _ b: Register) -> Register { registerMin(a, b) }

  @inline(always)
  static func halves(_ a: Register, _ b: Register) -> Register {
    Register(lowHalf: a.lowHalf, highHalf: b.highHalf)
  }

  @inline(always)
  static func crossed(_ a: Register, _ b: Register) -> Register {
    Register(lowHalf: a.highHalf, highHalf: b.lowHalf)
  }

  @inline(always)
  static func fold(_ a: Register) -> SIMD4<Float> { registerFold(a) }

  @inline(always)
  static func reciprocal(_ a: Register) -> Register { registerReciprocal(a) }

  @inline(always)
  static func squareRoot(_ a: Register) -> Register { registerSquareRoot(a) }

  @inline(always)
  static func load(_ p: UnsafePointer<Float>) -> Register { registerLoad(p) }

  @inline(always)
  static func store(_ v: Register, _ p: UnsafeMutablePointer<Float>) { registerStore(v, p) }

  @inline(always)
  static func loadFirst(_ p: UnsafePointer<Float>, _ count: Int) -> Register {
    registerLoadFirst(p, count)
  }

  @inline(always)
  static func storeFirst(_ v: Register, _ p: UnsafeMutablePointer<Float>, _ count: Int) {
    registerStoreFirst(v, p, count)
  }

  @inline(always)
  static func prefetch(_ p: UnsafePointer<Float>) {
    // To be read, into the first-level cache, as data. The intrinsic takes constants only.
    let (read, level, data): (Int32, Int32, Int32) = (0, 3, 1)
    Builtin.int_prefetch_RawPointer(p._rawValue, read._value, level._value, data._value)
  }

  @inline(always)
  static func prefetchEarly(_ p: UnsafePointer<Float>) {
    // As above, into the second-level cache.
    let (read, level, data): (Int32, Int32, Int32) = (0, 2, 1)
    Builtin.int_prefetch_RawPointer(p._rawValue, read._value, level._value, data._value)
  }
}

/// Convolution over a strip of 1 register of output channels.
@inline(never)
public func convolution1(_ tile: UnsafePointer<ConvolutionTile>) {
  convolutionKernel(
    ISALanes.self, tile, Pixels1.self, Extent<1>.self, Sums1.self, HalfPixels1.self,
    HalfSums1.self, QuarterPixels1.self, QuarterSums1.self)
}

/// Convolution over a strip of 2 registers of output channels.
@inline(never)
public func convolution2(_ tile: UnsafePointer<ConvolutionTile>) {
  convolutionKernel(
    ISALanes.self, tile, Pixels2.self, Extent<2>.self, Sums2.self, HalfPixels2.self,
    HalfSums2.self, QuarterPixels2.self, QuarterSums2.self)
}

/// Convolution over a strip of 3 registers of output channels.
@inline(never)
public func convolution3(_ tile: UnsafePointer<ConvolutionTile>) {
  convolutionKernel(
    ISALanes.self, tile, Pixels3.self, Extent<3>.self, Sums3.self, HalfPixels3.self,
    HalfSums3.self, QuarterPixels3.self, QuarterSums3.self)
}

/// Convolution over a strip of 4 registers of output channels.
@inline(never)
public func convolution4(_ tile: UnsafePointer<ConvolutionTile>) {
  convolutionKernel(
    ISALanes.self, tile, Pixels4.self, Extent<4>.self, Sums4.self, HalfPixels4.self,
    HalfSums4.self, QuarterPixels4.self, QuarterSums4.self)
}

/// Convolution over a strip of one and a half registers of output channels.
@inline(never)
public func convolutionPairs(_ tile: UnsafePointer<ConvolutionTile>) {
  convolutionPairKernel(
    ISALanes.self, tile, Pairs.self, SumsOfPairs.self, HalfPairs.self, HalfSumsOfPairs.self)
}

/// Convolution to one output channel, input channels in registers.
@inline(never)
public func convolutionSum(_ tile: UnsafePointer<ConvolutionTile>) {
  convolutionSumKernel(ISALanes.self, tile)
}

/// Depthwise convolution with any taps and any stride.
@inline(never)
public func depthwiseGeneral(_ row: UnsafePointer<DepthwiseRow>) {
  depthwiseKernel(ISALanes.self, row)
}

/// Depthwise convolution, 3x3 taps, stride 1.
@inline(never)
public func depthwise3x3s1(_ row: UnsafePointer<DepthwiseRow>) {
  depthwiseKernel(
    ISALanes.self, row, Pixels3x3s1.self, Extent<3>.self, Extent<1>.self, Columns3x3s1.self,
    HalfPixels3x3s1.self, HalfColumns3x3s1.self)
}

/// Depthwise convolution, 3x3 taps, stride 2.
@inline(never)
public func depthwise3x3s2(_ row: UnsafePointer<DepthwiseRow>) {
  depthwiseKernel(
    ISALanes.self, row, Pixels3x3s2.self, Extent<3>.self, Extent<2>.self, Columns3x3s2.self,
    HalfPixels3x3s2.self, HalfColumns3x3s2.self)
}

/// Depthwise convolution, 5x5 taps, stride 1.
@inline(never)
public func depthwise5x5s1(_ row: UnsafePointer<DepthwiseRow>) {
  depthwiseKernel(
    ISALanes.self, row, Pixels5x5s1.self, Extent<5>.self, Extent<1>.self, Columns5x5s1.self,
    HalfPixels5x5s1.self, HalfColumns5x5s1.self)
}

/// Depthwise convolution, 5x5 taps, stride 2.
@inline(never)
public func depthwise5x5s2(_ row: UnsafePointer<DepthwiseRow>) {
  depthwiseKernel(
    ISALanes.self, row, Pixels5x5s2.self, Extent<5>.self, Extent<2>.self, Columns5x5s2.self,
    HalfPixels5x5s2.self, HalfColumns5x5s2.self)
}

/// Winograd's input transform, tiles of 6x6 for 4x4 outputs.
@inline(never)
public func winogradInput4(_ tiles: UnsafePointer<WinogradInput>) {
  winogradInputKernel(ISALanes.self, Winograd4.self, Extent<6>.self, tiles)
}

/// Winograd's output transform, tiles of 4x4 outputs.
@inline(never)
public func winogradOutput4(_ tiles: UnsafePointer<WinogradOutput>) {
  winogradOutputKernel(
    ISALanes.self, Winograd4.self, Extent<6>.self, Extent<4>.self, tiles)
}

/// Winograd's transform of filters, tiles of 6x6.
@inline(never)
public func winogradFilters4(_ filters: UnsafePointer<WinogradFilters>) {
  winogradFiltersKernel(filters, Extent<6>.self, Extent<36>.self)
}

/// Sums of products in double precision.
@inline(never)
public func referenceSums(_ sums: UnsafePointer<ReferenceSums>) {
  referenceSumsKernel(sums)
}

/// Multiply-adds alone.
@inline(never)
public func peak(_ loop: UnsafePointer<PeakLoop>) {
  peakKernel(ISALanes.self, loop)
}

/// A row of a bilinear resize.
@inline(never)
public func bilinear(_ row: UnsafePointer<BilinearRow>) {
  bilinearKernel(ISALanes.self, row)
}

/// The largest tap of each channel.
@inline(never)
public func maxPool(_ window: UnsafePointer<PoolingWindow>) {
  maxPoolKernel(ISALanes.self, window)
}

/// The scaled sum of the taps of each channel.
@inline(never)
public func averagePool(_ window: UnsafePointer<PoolingWindow>) {
  averagePoolKernel(ISALanes.self, window)
}

/// The scaled sum of the rows of each channel.
@inline(never)
public func columnSum(_ sum: UnsafePointer<ColumnSum>) {
  columnSumKernel(ISALanes.self, sum)
}

/// `Add` on rows.
@inline(never)
public func add(_ rows: UnsafePointer<ElementwiseRows>) {
  elementwiseKernel(ISALanes.self, Add.self, rows)
}

/// `Subtract` on rows.
@inline(never)
public func subtract(_ rows: UnsafePointer<ElementwiseRows>) {
  elementwiseKernel(ISALanes.self, Subtract.self, rows)
}

/// `Multiply` on rows.
@inline(never)
public func multiply(_ rows: UnsafePointer<ElementwiseRows>) {
  elementwiseKernel(ISALanes.self, Multiply.self, rows)
}

/// `Divide` on rows.
@inline(never)
public func divide(_ rows: UnsafePointer<ElementwiseRows>) {
  elementwiseKernel(ISALanes.self, Divide.self, rows)
}

/// `Maximum` on rows.
@inline(never)
public func maximum(_ rows: UnsafePointer<ElementwiseRows>) {
  elementwiseKernel(ISALanes.self, Maximum.self, rows)
}

/// `Minimum` on rows.
@inline(never)
public func minimum(_ rows: UnsafePointer<ElementwiseRows>) {
  elementwiseKernel(ISALanes.self, Minimum.self, rows)
}

/// `PRelu` on rows.
@inline(never)
public func prelu(_ rows: UnsafePointer<ElementwiseRows>) {
  elementwiseKernel(ISALanes.self, PRelu.self, rows)
}

/// `Clip` on rows.
@inline(never)
public func clip(_ rows: UnsafePointer<ElementwiseRows>) {
  elementwiseKernel(ISALanes.self, Clip.self, rows)
}

/// `LeakyRelu` on rows.
@inline(never)
public func leakyRelu(_ rows: UnsafePointer<ElementwiseRows>) {
  elementwiseKernel(ISALanes.self, LeakyRelu.self, rows)
}

/// `Sigmoid` on rows.
@inline(never)
public func sigmoid(_ rows: UnsafePointer<ElementwiseRows>) {
  elementwiseKernel(ISALanes.self, Sigmoid.self, rows)
}

/// `HardSigmoid` on rows.
@inline(never)
public func hardSigmoid(_ rows: UnsafePointer<ElementwiseRows>) {
  elementwiseKernel(ISALanes.self, HardSigmoid.self, rows)
}

/// `HardSwish` on rows.
@inline(never)
public func hardSwish(_ rows: UnsafePointer<ElementwiseRows>) {
  elementwiseKernel(ISALanes.self, HardSwish.self, rows)
}

/// `Silu` on rows.
@inline(never)
public func silu(_ rows: UnsafePointer<ElementwiseRows>) {
  elementwiseKernel(ISALanes.self, Silu.self, rows)
}

/// `Tanh` on rows.
@inline(never)
public func tanh(_ rows: UnsafePointer<ElementwiseRows>) {
  elementwiseKernel(ISALanes.self, Tanh.self, rows)
}

/// `Exp` on rows.
@inline(never)
public func exp(_ rows: UnsafePointer<ElementwiseRows>) {
  elementwiseKernel(ISALanes.self, Exp.self, rows)
}

/// `SquareRoot` on rows.
@inline(never)
public func squareRoot(_ rows: UnsafePointer<ElementwiseRows>) {
  elementwiseKernel(ISALanes.self, SquareRoot.self, rows)
}

/// Rows of bytes, each times its weight, added up.
@inline(never)
public func weightedRows(_ sum: UnsafePointer<WeightedRows>) {
  weightedRowsKernel(sum)
}

/// Pixels of lines, each the weighted sum of neighbours in the same line.
@inline(never)
public func weightedPixels(_ sum: UnsafePointer<WeightedPixels>) {
  weightedPixelsKernel(sum, WeightedPixelsAtOnce.self)
}

/// Samples of 8x8 blocks to quantized coefficients that keep white white.
@inline(never)
public func jpegBlocks(_ blocks: UnsafePointer<JPEGBlocks>) {
  jpegBlocksKernel(blocks)
}

/// Second differences of a row, one part.
@inline(never)
public func secondDifferences1(_ row: UnsafePointer<SecondDifferences>) {
  secondDifferencesKernel(row, Extent<1>.self)
}

/// Second differences of a row, three parts.
@inline(never)
public func secondDifferences3(_ row: UnsafePointer<SecondDifferences>) {
  secondDifferencesKernel(row, Extent<3>.self)
}

/// The guided filter's functions of a row of windows.
@inline(never)
public func guidedFunctions(_ row: UnsafePointer<GuidedRow>) {
  guidedFunctionsKernel(row)
}

/// The means of a row of windows.
@inline(never)
public func guidedMeans(_ row: UnsafePointer<GuidedRow>) {
  guidedMeansKernel(row)
}
