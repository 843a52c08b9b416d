import KernelTemplates

#if arch(x86_64)
  import _Builtin_intrinsics.intel
#endif

/// Four lanes: SSE2 on x86-64, without fused multiply-add; NEON on arm64, where every CPU fuses.
typealias Register = SIMD4<Float>

@inline(always)
func registerMultiplyAdd(_ sum: Register, _ a: Register, _ b: Register) -> Register {
  #if arch(arm64)
    sum.addingProduct(a, b)
  #else
    sum + a * b
  #endif
}

@inline(always)
func registerMax(_ a: Register, _ b: Register) -> Register {
  #if arch(x86_64)
    _mm_max_ps(a, b)
  #else
    b.replacing(with: a, where: a .> b)
  #endif
}

@inline(always)
func registerMin(_ a: Register, _ b: Register) -> Register {
  #if arch(x86_64)
    _mm_min_ps(a, b)
  #else
    b.replacing(with: a, where: a .< b)
  #endif
}

@inline(always)
func registerFold(_ a: Register) -> SIMD4<Float> { a }

@inline(always)
func registerReciprocal(_ a: Register) -> Register { Register(repeating: 1) / a }

@inline(always)
func registerSquareRoot(_ a: Register) -> Register {
  Register(a[0].squareRoot(), a[1].squareRoot(), a[2].squareRoot(), a[3].squareRoot())
}

@inline(always)
func registerLoad(_ p: UnsafePointer<Float>) -> Register {
  #if arch(x86_64)
    _mm_loadu_ps(p)
  #else
    UnsafeRawPointer(p).loadUnaligned(as: Register.self)
  #endif
}

@inline(always)
func registerStore(_ v: Register, _ p: UnsafeMutablePointer<Float>) {
  #if arch(x86_64)
    _mm_storeu_ps(p, v)
  #else
    UnsafeMutableRawPointer(p).storeBytes(of: v, as: Register.self)
  #endif
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
// broadcast value fit the 16 (x86-64) registers. Half and quarter tiles finish a run.

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
