import ArgumentParser
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
  /// - Throws: The only photo's error, or `ExitCode` 1 where one of several failed.
  func run(
    _ skill: ([UInt8], String) throws -> ProcessResult, line: (ProcessResult) -> String
  ) throws -> [ProcessResult] {
    var results: [ProcessResult] = []
    var items: [JSONValue] = []
    var failure: (any Error)?
    for path in paths {
      do {
        let result = try skill(try Files.photo(path), path)
        results.append(result)
        items.append(JSONValue.compact([("file", .string(path))]).appending(result.json))
        if !isJSON { try Console.emit("\(path): \(line(result))") }
      } catch {
        if paths.count > 1 { Console.complain("\(path): \(error)") }
        items.append(["file": .string(path), "error": .string("\(error)")])
        failure = error
      }
    }
    if isJSON, paths.count > 1 || failure == nil {
      try Console.emit(["schema": .string(schema), "items": .array(items)])
    }
    if let failure {
      throw paths.count == 1 ? failure : ExitCode(ExitStatus.itemsFailed.rawValue)
    }
    return results
  }
}
