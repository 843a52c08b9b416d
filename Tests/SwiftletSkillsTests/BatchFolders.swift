import SwiftletImage
import SwiftletSkills
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A folder of photos, one of pictures, and a pipeline of the small networks; removed at the end.
final class BatchFolders {
  let home: SmallHome
  let pipeline: ProductPipeline
  let input: String
  let output: String

  init() throws {
    home = try SmallHome()
    pipeline = try ProductPipeline(resources: Resources(home: home.path))
    input = home.path + "-in"
    output = home.path + "-out"
    for folder in [input, input + "/deep", input + "/.hidden"] { mkdir(folder, 0o755) }
  }

  func batch(_ change: (inout Batch.Options) -> Void = { _ in }) throws -> Batch {
    var options = Batch.Options(process: ProcessOptions(wantsTags: false))
    change(&options)
    return try Batch(pipeline, input: input, output: output, options: options)
  }

  func write(_ name: String, _ photo: PixelBuffer) throws {
    let bytes =
      name.hasSuffix("png")
      ? try ImageEncoder.png(photo) : try ImageEncoder.jpeg(photo, quality: 95)
    try writeAtomically(bytes, to: "\(input)/\(name)")
  }

  func read(_ name: String) throws -> [UInt8] {
    try readFile("\(output)/\(name)", maxBytes: 10_000_000)
  }

  /// A run over white, or over a red, that is stopped before the photo behind `begun`.
  func run(
    _ red: UInt8?, _ action: Batch.OnExists = .skip, begun: Int = .max
  ) throws -> BatchReport {
    let batch = try batch {
      $0.onExists = action
      $0.process.background = red.map { .color(red: $0, green: 0, blue: 0) }
    }
    let counter = Counter()
    return try batch.run(try batch.items(), shouldStop: { counter.next() > begun })
  }

  /// Changes the lines of the journal.
  func journal(_ change: (inout [Substring]) -> Void) throws {
    let text = String(decoding: try read(BatchFolders.journalName), as: UTF8.self)
    var lines = text.split(separator: "\n")
    change(&lines)
    let bytes = lines.map { $0 + "\n" }.joined().utf8
    try writeAtomically(Array(bytes), to: "\(output)/\(BatchFolders.journalName)")
  }

  static let journalName = ".swiftlet-batch.jsonl"

  deinit {
    for folder in [input, output] { Self.removeTree(folder) }
  }

  private static func removeTree(_ path: String) {
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { removeTree("\(path)/\(name)") }
      }
      closedir(folder)
    }
    remove(path)
  }
}

/// Counts calls from several threads.
final class Counter: Sendable {
  private let value = Atomic<Int>(0)

  func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}
