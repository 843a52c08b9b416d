import ArgumentParser
import SwiftletImage
import SwiftletSkills

/// A skill applied to photo after photo: one that fails does not keep the others from their turn.
struct PhotoList {
  /// The schema of the result.
  let schema: String
  /// The photos.
  let paths: [String]
  /// Whether the result is JSON.
  let isJSON: Bool

  /// Applies `skill` to every photo and prints the results.
  ///
  /// - Parameter line: a photo's result for people.
  /// - Returns: The results of those that did not fail.
  /// - Throws: `ExitCode` where photos failed: their own where all did for the same cause, else 1;
  ///   the error itself where it is not a photo's.
  func run(
    _ skill: ([UInt8], String) throws -> ProcessResult, line: (ProcessResult) -> String
  ) throws -> [ProcessResult] {
    if paths.count(where: { $0 == "-" }) > 1 {
      throw CommandFailure.usage("-", "standard input can be read only once", "name it once")
    }
    var results: [ProcessResult] = []
    var items: [JSONValue] = []
    var statuses: Set<Int32> = []
    for path in paths {
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
    }
    if isJSON { try Console.emit(["schema": .string(schema), "items": .array(items)]) }
    if let status = statuses.first {
      throw ExitCode(
        results.isEmpty && statuses.count == 1 ? status : ExitStatus.itemsFailed.rawValue)
    }
    return results
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
