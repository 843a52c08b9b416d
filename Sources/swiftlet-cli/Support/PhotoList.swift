import ArgumentParser
import SwiftletImage
import SwiftletSkills

/// A skill applied to photo after photo: one that fails does not keep the others from their turn.
struct PhotoList {
  /// The schema of the result.
  let schema: String
  /// The photos, and folders of photos.
  let paths: [String]
  /// Whether the result is JSON.
  let isJSON: Bool

  /// Applies `skill` to every photo and prints the results; an interrupt ends it after the photo in work.
  ///
  /// - Parameter line: a photo's result for people.
  /// - Returns: The results of those that did not fail.
  /// - Throws: `ExitCode` where photos failed: their own where all did for the same cause, else 1;
  ///   the error itself where it is not a photo's, and, before anything is done, of a folder without photos.
  func run(
    _ skill: ([UInt8], String) throws -> ProcessResult, line: (ProcessResult) -> String
  ) throws -> [ProcessResult] {
    if paths.count(where: { $0 == "-" }) > 1 {
      throw CommandFailure.usage("-", "standard input can be read only once", "name it once")
    }
    let photos = try photos
    if photos.count > 1 { StopSignal.catchInterrupts() }
    var results: [ProcessResult] = []
    var items: [JSONValue] = []
    var statuses: Set<Int32> = []
    for path in photos {
      if StopSignal.isRaised { break }
      do {
        let result = try onPhoto(path) { try skill(try Files.photo(path), path) }
        results.append(result)
        items.append(JSONValue.compact([("file", .string(path))]).appending(result.json))
        if !isJSON { try Console.emit("\(path): \(line(result))") }
      } catch let error where ExitStatus.isOfPhoto(error) {
        Console.complain("\(error)")
        items.append(["file": .string(path), "error": .string("\(error)")])
        statuses.insert(ExitStatus(error).rawValue)
      }
      if isJSON, photos.count > 1 { Progress.show(items.count, of: photos.count) }
    }
    if isJSON { try Console.emit(["schema": .string(schema), "items": .array(items)]) }
    if StopSignal.isRaised {
      Console.note("swiftlet: stopped; not begun: \(photos.count - items.count)")
      throw ExitCode(StopSignal.status)
    }
    if let status = statuses.first {
      throw ExitCode(
        results.isEmpty && statuses.count == 1 ? status : ExitStatus.itemsFailed.rawValue)
    }
    return results
  }

  /// The photos, those below a folder in its place.
  private var photos: [String] {
    get throws {
      try paths.flatMap { path in
        guard path != "-", Files.isFolder(path) else { return [path] }
        let (photos, made) = try BatchItem.all(in: path, output: nil, format: .png)
        BatchRunner.noteMade(made)
        guard !photos.isEmpty else { throw CommandFailure.noPhotos(in: path) }
        return photos.map { path.hasSuffix("/") ? path + $0.source : "\(path)/\($0.source)" }
      }
    }
  }
}

/// Runs work on a photo; an error of the photo names it.
func onPhoto<R>(_ path: String, _ body: () throws -> R) throws -> R {
  do {
    return try body()
  } catch let error where ExitStatus.isOfPhoto(error) {
    let known = (error as? SkillError) ?? (error as? ImageError).map { SkillError($0) }
    guard let known else { throw error }
    let name = path == "-" ? "standard input" : path
    guard !known.what.contains(path) else { throw error }
    throw SkillError(known.code, "\(name): \(known.what)", known.why, known.remedy)
  }
}
