import KernelTemplates
import _Builtin_intrinsics.intel

/// Eight lanes with fused multiply-add: AVX2 and FMA.
typealias Register = SIMD8<Float>

@inline(always)
func registerMultiplyAdd(_ sum: Register, _ a: Register, _ b: Register) -> Register {
  sum.addingProduct(a, b)
}

@inline(always)
func registerMax(_ a: Register, _ b: Register) -> Register { _mm256_max_ps(a, b) }

@inline(always)
func registerMin(_ a: Register, _ b: Register) -> Register { _mm256_min_ps(a, b) }

@inline(always)
func registerFold(_ a: Register) -> SIMD4<Float> { a.lowHalf + a.highHalf }

@inline(always)
func registerReciprocal(_ a: Register) -> Register { Register(repeating: 1) / a }

@inline(always)
func registerSquareRoot(_ a: Register) -> Register { _mm256_sqrt_ps(a) }

@inline(always)
func registerLoad(_ p: UnsafePointer<Float>) -> Register { _mm256_loadu_ps(p) }

@inline(always)
func registerStore(_ v: Register, _ p: UnsafeMutablePointer<Float>) { _mm256_storeu_ps(p, v) }

/// All ones in the first `count` lanes.
@inline(always)
func registerMask(_ count: Int) -> SIMD4<Int64> {
  let lane = SIMD8<Int32>(0, 1, 2, 3, 4, 5, 6, 7)
  let mask = (lane &- SIMD8<Int32>(repeating: Int32(truncatingIfNeeded: count))) &>> 31
  return unsafeBitCast(mask, to: SIMD4<Int64>.self)
}

@inline(always)
func registerLoadFirst(_ p: UnsafePointer<Float>, _ count: Int) -> Register {
  _mm256_maskload_ps(p, registerMask(count))
}

@inline(always)
func registerStoreFirst(_ v: Register, _ p: UnsafeMutablePointer<Float>, _ count: Int) {
  _mm256_maskstore_ps(p, registerMask(count), v)
}

// Tiles of the convolution kernels: pixels by registers, chosen so that the sums, a row of weights and a
// broadcast value fit the 16 registers. Half and quarter tiles finish a run.

typealias Pixels1 = Extent<8>
typealias Sums1 = Extent<8>
typealias HalfPixels1 = Extent<4>
typealias HalfSums1 = Extent<4>
typealias QuarterPixels1 = Extent<2>
typealias QuarterSums1 = Extent<2>

typealias Pixels2 = Extent<6>
typealias Sums2 = Extent<12>
typealias HalfPixels2 = Extent<3>
typealias HalfSums2 = Extent<6>
typealias QuarterPixels2 = Extent<1>
typealias QuarterSums2 = Extent<2>

typealias Pixels3 = Extent<4>
typealias Sums3 = Extent<12>
typealias HalfPixels3 = Extent<2>
typealias HalfSums3 = Extent<6>
typealias QuarterPixels3 = Extent<1>
typealias QuarterSums3 = Extent<3>

typealias Pixels4 = Extent<2>
typealias Sums4 = Extent<8>
typealias HalfPixels4 = Extent<1>
typealias HalfSums4 = Extent<4>
typealias QuarterPixels4 = Extent<1>
typealias QuarterSums4 = Extent<4>

// Pairs of pixels of the convolution over one and a half registers, and their sums, three a pair.

typealias Pairs = Extent<3>
typealias SumsOfPairs = Extent<9>
typealias HalfPairs = Extent<2>
typealias HalfSumsOfPairs = Extent<6>

// Pixels of the depthwise kernels, and the input columns that they read, by taps and stride.

typealias Pixels3x3s1 = Extent<4>
typealias Columns3x3s1 = Extent<6>
typealias HalfPixels3x3s1 = Extent<2>
typealias HalfColumns3x3s1 = Extent<4>

typealias Pixels3x3s2 = Extent<4>
typealias Columns3x3s2 = Extent<9>
typealias HalfPixels3x3s2 = Extent<2>
typealias HalfColumns3x3s2 = Extent<5>

typealias Pixels5x5s1 = Extent<4>
typealias Columns5x5s1 = Extent<8>
typealias HalfPixels5x5s1 = Extent<2>
typealias HalfColumns5x5s1 = Extent<6>

typealias Pixels5x5s2 = Extent<2>
typealias Columns5x5s2 = Extent<7>
typealias HalfPixels5x5s2 = Extent<1>
typealias HalfColumns5x5s2 = Extent<5>

// Pixels of a resized line, sixteen floats each.

typealias WeightedPixelsAtOnce = Extent<2>
