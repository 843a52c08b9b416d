import Swiftlet

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A folder with the two small networks; removed at the end.
final class SmallHome {
  let path: String

  private struct POSIXFailure: Error {}

  init() throws {
    var template = Array("/tmp/swiftlet-skills-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw POSIXFailure() }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    mkdir(path + "/weights", 0o755)
    try ModelFile.write(
      Networks.darkness(), to: path + "/weights/segment-fast.nest", halfPrecision: false)
    try ModelFile.write(
      Networks.channels(), to: path + "/weights/tag-mobilenet.nest", halfPrecision: false)
  }

  func removeTagger() { unlink(path + "/weights/tag-mobilenet.nest") }

  deinit {
    unlink(path + "/weights/segment-fast.nest")
    unlink(path + "/weights/tag-mobilenet.nest")
    rmdir(path + "/weights")
    rmdir(path)
  }
}
