import ArgumentParser
import SwiftletSkills

extension ProcessResult {
  /// Writes the picture and prints the report.
  ///
  /// - Throws: `CommandFailure` where there is no picture to write; the report is printed before.
  func report(
    to destination: PictureDestination, asJSON: Bool, of input: String
  ) throws {
    if let output { try destination.write(output) }
    if asJSON {
      let path = output == nil ? nil : destination.path
      try Console.emit(
        json.appending(["input": .string(input), "output": path.map { .string($0) } ?? .null]))
    } else {
      let target = destination.path ?? "standard output"
      Console.note("\(output == nil ? input : target): \(width) x \(height), \(qualityText)")
      if let tags { Console.note("  tags: \(tags.words.joined(separator: ", "))") }
    }
    guard output != nil else {
      let (reason, remedy) = missingPicture
      throw CommandFailure(.itemsFailed, input, reason, remedy)
    }
  }

  /// The verdict and its reasons, a line each.
  var qualityText: String {
    ([verdict.rawValue]
      + findings.map {
        "  \($0.severity.rawValue) \($0.rule): measured \($0.measured.plain); required \($0.required.plain)"
          + ($0.fix.map { "; fix: \($0)" } ?? "")
      }).joined(separator: "\n")
  }
}

extension Verdict {
  /// All, in the order of reports.
  static let all: [Verdict] = [.pass, .warn, .fail, .needsReview]

  /// What `--strict` asks.
  ///
  /// - Throws: `ExitCode` 3 unless the verdict is pass or warn.
  func enforce() throws {
    guard self == .pass || self == .warn else { throw ExitCode(ExitStatus.rejected.rawValue) }
  }
}
