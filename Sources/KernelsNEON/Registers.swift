import KernelTemplates
import _Builtin_intrinsics.arm.neon

/// Four lanes with fused multiply-add: Advanced SIMD of arm64.
typealias Register = SIMD4<Float>

@inline(always)
func registerMultiplyAdd(_ sum: Register, _ a: Register, _ b: Register) -> Register {
  sum.addingProduct(a, b)
}

@inline(always)
func registerMax(_ a: Register, _ b: Register) -> Register { vmaxq_f32(a, b) }

@inline(always)
func registerMin(_ a: Register, _ b: Register) -> Register { vminq_f32(a, b) }

@inline(always)
func registerReciprocal(_ a: Register) -> Register { Register(repeating: 1) / a }

@inline(always)
func registerSquareRoot(_ a: Register) -> Register { vsqrtq_f32(a) }

@inline(always)
func registerFold(_ a: Register) -> SIMD4<Float> { a }

@inline(always)
func registerLoad(_ p: UnsafePointer<Float>) -> Register {
  UnsafeRawPointer(p).loadUnaligned(as: Register.self)
}

@inline(always)
func registerStore(_ v: Register, _ p: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(p).storeBytes(of: v, as: Register.self)
}

@inline(always)
func registerLoadFirst(_ p: UnsafePointer<Float>, _ count: Int) -> Register {
  switch count {
  case 1: Register(p[0], 0, 0, 0)
  case 2: Register(p[0], p[1], 0, 0)
  case 3: Register(p[0], p[1], p[2], 0)
  default: registerLoad(p)
  }
}

@inline(always)
func registerStoreFirst(_ v: Register, _ p: UnsafeMutablePointer<Float>, _ count: Int) {
  p[0] = v[0]
  if count > 1 { p[1] = v[1] }
  if count > 2 { p[2] = v[2] }
  if count > 3 { p[3] = v[3] }
}

// Tiles of the convolution kernels: pixels by registers, chosen so that the sums, a row of weights and a
// broadcast value fit the 32 registers. Half and quarter tiles finish a run.

typealias Pixels1 = Extent<16>
typealias Sums1 = Extent<16>
typealias HalfPixels1 = Extent<8>
typealias HalfSums1 = Extent<8>
typealias QuarterPixels1 = Extent<4>
typealias QuarterSums1 = Extent<4>

typealias Pixels2 = Extent<12>
typealias Sums2 = Extent<24>
typealias HalfPixels2 = Extent<6>
typealias HalfSums2 = Extent<12>
typealias QuarterPixels2 = Extent<3>
typealias QuarterSums2 = Extent<6>

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
typealias HalfPairs = Extent<3>
typealias HalfSumsOfPairs = Extent<9>

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
