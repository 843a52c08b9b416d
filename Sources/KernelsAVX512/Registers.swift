import KernelTemplates
import _Builtin_intrinsics.intel

/// Sixteen lanes with fused multiply-add: AVX-512 F, BW, DQ and VL.
typealias Register = SIMD16<Float>

@inline(always)
func registerMultiplyAdd(_ sum: Register, _ a: Register, _ b: Register) -> Register {
  sum.addingProduct(a, b)
}

@inline(always)
func registerMax(_ a: Register, _ b: Register) -> Register { _mm512_max_ps(a, b) }

@inline(always)
func registerMin(_ a: Register, _ b: Register) -> Register { _mm512_min_ps(a, b) }

@inline(always)
func registerFold(_ a: Register) -> SIMD4<Float> {
  let half = a.lowHalf + a.highHalf
  return half.lowHalf + half.highHalf
}

/// An estimate of 14 bits and a step of Newton's method: a third of the division's time.
@inline(always)
func registerReciprocal(_ a: Register) -> Register {
  let estimate = _mm512_rcp14_ps(a)
  let error = Register(repeating: 1).addingProduct(-a, estimate)
  return estimate.addingProduct(estimate, error)
}

@inline(always)
func registerSquareRoot(_ a: Register) -> Register { _mm512_sqrt_ps(a) }

@inline(always)
func registerLoad(_ p: UnsafePointer<Float>) -> Register { _mm512_loadu_ps(p) }

@inline(always)
func registerStore(_ v: Register, _ p: UnsafeMutablePointer<Float>) { _mm512_storeu_ps(p, v) }

/// A one for each of the first `count` lanes.
@inline(always)
func registerMask(_ count: Int) -> UInt16 { UInt16(truncatingIfNeeded: (1 &<< count) &- 1) }

@inline(always)
func registerLoadFirst(_ p: UnsafePointer<Float>, _ count: Int) -> Register {
  _mm512_maskz_loadu_ps(registerMask(count), p)
}

@inline(always)
func registerStoreFirst(_ v: Register, _ p: UnsafeMutablePointer<Float>, _ count: Int) {
  _mm512_mask_storeu_ps(p, registerMask(count), v)
}

// Tiles of the convolution kernels: pixels by registers, chosen so that the sums, a row of weights and a
// broadcast value fit the 32 registers. Half and quarter tiles finish a run.

typealias Pixels1 = Extent<16>
typealias Sums1 = Extent<16>
typealias HalfPixels1 = Extent<8>
typealias HalfSums1 = Extent<8>
typealias QuarterPixels1 = Extent<4>
typealias QuarterSums1 = Extent<4>

typealias Pixels2 = Extent<8>
typealias Sums2 = Extent<16>
typealias HalfPixels2 = Extent<4>
typealias HalfSums2 = Extent<8>
typealias QuarterPixels2 = Extent<2>
typealias QuarterSums2 = Extent<4>

typealias Pixels3 = Extent<8>
typealias Sums3 = Extent<24>
typealias HalfPixels3 = Extent<4>
typealias HalfSums3 = Extent<12>
typealias QuarterPixels3 = Extent<2>
typealias QuarterSums3 = Extent<6>

typealias Pixels4 = Extent<6>
typealias Sums4 = Extent<24>
typealias HalfPixels4 = Extent<3>
typealias HalfSums4 = Extent<12>
typealias QuarterPixels4 = Extent<1>
typealias QuarterSums4 = Extent<4>

// Pairs of pixels of the convolution over one and a half registers, and their sums, three a pair.

typealias Pairs = Extent<6>
typealias SumsOfPairs = Extent<18>
typealias HalfPairs = Extent<2>
typealias HalfSumsOfPairs = Extent<6>

// Pixels of the depthwise kernels, and the input columns that they read, by taps and stride.

typealias Pixels3x3s1 = Extent<8>
typealias Columns3x3s1 = Extent<10>
typealias HalfPixels3x3s1 = Extent<4>
typealias HalfColumns3x3s1 = Extent<6>

typealias Pixels3x3s2 = Extent<4>
typealias Columns3x3s2 = Extent<9>
typealias HalfPixels3x3s2 = Extent<2>
typealias HalfColumns3x3s2 = Extent<5>

typealias Pixels5x5s1 = Extent<8>
typealias Columns5x5s1 = Extent<12>
typealias HalfPixels5x5s1 = Extent<4>
typealias HalfColumns5x5s1 = Extent<8>

typealias Pixels5x5s2 = Extent<4>
typealias Columns5x5s2 = Extent<11>
typealias HalfPixels5x5s2 = Extent<2>
typealias HalfColumns5x5s2 = Extent<7>

// Pixels of a resized line, sixteen floats each.

typealias WeightedPixelsAtOnce = Extent<4>
