#if canImport(Glibc)
  import Glibc
  import Swiftlet
  import Synchronization
  import Testing

  // The program's own allocation functions come before the C library's, which do the work: what is asked for
  // on the watched thread is counted.

  /// The thread whose allocations count, 0 for none. Constant at first, so that no initialiser runs.
  nonisolated(unsafe) private var watched: UInt = 0
  nonisolated(unsafe) private var allocations = 0

  @_extern(c, "__libc_malloc")
  private func systemAllocate(_ size: Int) -> UnsafeMutableRawPointer?
  @_extern(c, "__libc_calloc")
  private func systemAllocate(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer?
  @_extern(c, "__libc_realloc")
  private func systemReallocate(_ memory: UnsafeMutableRawPointer?, _ size: Int)
    -> UnsafeMutableRawPointer?
  @_extern(c, "__libc_memalign")
  private func systemAllocate(aligned: Int, _ size: Int) -> UnsafeMutableRawPointer?

  private func count() {
    if watched != 0, watched == UInt(pthread_self()) { allocations += 1 }
  }

  /// `malloc`, counted.
  @_cdecl("malloc")
  public func countedMalloc(_ size: Int) -> UnsafeMutableRawPointer? {
    count()
    return systemAllocate(size)
  }

  /// `calloc`, counted.
  @_cdecl("calloc")
  public func countedCalloc(_ number: Int, _ size: Int) -> UnsafeMutableRawPointer? {
    count()
    return systemAllocate(number, size)
  }

  /// `realloc`, counted.
  @_cdecl("realloc")
  public func countedRealloc(_ memory: UnsafeMutableRawPointer?, _ size: Int)
    -> UnsafeMutableRawPointer?
  {
    count()
    return systemReallocate(memory, size)
  }

  /// `aligned_alloc`, counted.
  @_cdecl("aligned_alloc")
  public func countedAlignedAlloc(_ alignment: Int, _ size: Int) -> UnsafeMutableRawPointer? {
    count()
    return systemAllocate(aligned: alignment, size)
  }

  /// `posix_memalign`, counted.
  @_cdecl("posix_memalign")
  public func countedPosixMemalign(
    _ memory: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: Int, _ size: Int
  ) -> Int32 {
    count()
    guard let result = systemAllocate(aligned: alignment, size) else { return ENOMEM }
    memory.pointee = result
    return 0
  }

  /// A session that has run once runs again without asking for memory.
  @Suite(.serialized) struct AllocationTests {
    /// The allocations of `body` on this thread.
    private func allocations(of body: () -> Void) -> Int {
      Self.lock.withLock { _ in
        SwiftletTests.allocations = 0
        watched = UInt(pthread_self())
        body()
        watched = 0
        return SwiftletTests.allocations
      }
    }

    private static let lock = Mutex(())

    @Test func theCounterCounts() {
      #expect(allocations { free(malloc(10_000)) } == 1)
      var array: [Int] = []
      #expect(allocations { array = [Int](repeating: array.count + 7, count: 5000) } > 0)
      #expect(array[4999] == 7)
    }

    @Test(arguments: [1, 2, 4])
    func theSecondRunAllocatesNothing(threads: Int) throws {
      let model = try Model(graph: Self.everything(), metadata: ModelMetadata(name: "everything"))
      for isa in CPU.usable {
        let session = try Session(model: model, options: SessionOptions(threads: threads, isa: isa))
        session.run()
        let layers = session.report.layers
        for (index, layer) in layers.enumerated() {
          let count = allocations { session.run(step: index) }
          #expect(count == 0, "\(layer.kernel), \(threads) threads")
        }
        #expect(allocations { session.run() } == 0, "\(isa.rawValue), \(threads) threads")
        #expect(!layers.contains { $0.kernel == "reference" })
        #expect(layers.contains { $0.kernel.hasPrefix("im2col-") })
      }
    }

    /// A graph with a node of every kind that has a fast kernel.
    private static func everything() throws -> Graph {
      var net = Net()
      let x = net.input([1, 16, 40, 40])
      var y = try net.convolution(x, filters: 48)
      y = try net.add(.activation(.silu), y)
      let deep = try net.convolution(y, filters: 48, kernel: 5, groups: 48)
      y = try net.add(.binary(.add, activation: .relu), try net.convolution(deep, filters: 48), y)
      let strided = try net.add(
        .convolution(
          window: Window(kernel: (3, 3), strides: (2, 2), dilations: (2, 2), pads: (2, 2, 2, 2)),
          groups: 1, activation: .hardSwish), y, try net.constant([24, 48, 3, 3]))
      let wide = try net.add(
        .resize(Resize(mode: .linear, coordinates: .halfPixel, scaleY: 2, scaleX: 2)), strided,
        shape: [1, 24, 40, 40])
      let pooled = try net.add(
        .maxPool(window: Window(kernel: (2, 2), strides: (2, 2)), ceil: false), y)
      let mean = try net.add(
        .averagePool(
          window: Window(kernel: (3, 3), pads: (1, 1, 1, 1)), ceil: false, countIncludePad: false),
        y)
      let near = try net.add(
        .resize(
          Resize(mode: .nearest(.floor), coordinates: .asymmetric, scaleY: 2, scaleX: 2)), pooled,
        shape: [1, 48, 40, 40])
      let up = try net.add(
        .transposedConvolution(
          window: Window(kernel: (2, 2), strides: (2, 2)), outputPadY: 0, outputPadX: 0, groups: 1,
          activation: .leakyRelu(slope: 0.1)), pooled, try net.constant([48, 8, 2, 2]))
      let all = try net.add(.concat(axis: 1), wide, mean, near, up)
      let squeezed = try net.add(.globalAveragePool, all)
      let gate = try net.add(
        .activation(.sigmoid), try net.convolution(squeezed, filters: 128, kernel: 1))
      let scaled = try net.add(.binary(.multiply, activation: .none), all, gate)
      let mask = try net.add(
        .resize(Resize(mode: .linear, coordinates: .halfPixel, scaleY: 3, scaleX: 3)),
        try net.convolution(scaled, filters: 1, kernel: 1), shape: [1, 1, 120, 120])
      let flat = try net.add(.reshape, try net.add(.globalMaxPool, scaled), shape: [1, 128])
      let small = try net.add(
        .convolution(
          window: Window(kernel: (3, 3), strides: (8, 8)), groups: 1, activation: .none), scaled,
        try net.constant([64, 128, 3, 3]))
      let classes = try net.add(
        .gemm(alpha: 0.5, beta: 1, transposeA: false, transposeB: true, activation: .none), flat,
        try net.constant([10, 128]), try net.constant([10]))
      return net.ending(
        try net.add(.activation(.sigmoid), mask), try net.add(.softmax(axis: 1), classes), small)
    }
  }
#endif
