import ArgumentParser
import SwiftletImage
import SwiftletSkills

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A skill applied to photo after photo: one that fails does not keep the others from their turn.
struct PhotoList {
  /// What the help of a verb says about folders.
  static let aboutFolders = """
    Of a folder, the photos in it and in folders inside; links to folders are not followed. \
    <stem>.out.png beside its photo, where process and segment write, is left out unless it is \
    named itself. Of several photos, none of which is standard input, Ctrl-C ends after the one \
    in work, and what is known is printed.
    """
  /// What the help says about the arguments.
  static let aboutPaths: ArgumentHelp =
    "The photos, PNG or JPEG, or folders of them; - for standard input."

  /// The schema of the result.
  let schema: String
  /// The photos, and folders of photos.
  let paths: [String]
  /// Whether the result is JSON.
  let isJSON: Bool

  /// Applies `skill` to every photo and prints the results.
  ///
  /// Where there are several, none of which is standard input, an interrupt ends it after the photo
  /// in work.
  ///
  /// - Parameters:
  ///   - counts: What is counted, in order, for the last line of several photos.
  ///   - count: As which of these a photo's result counts.
  ///   - line: A photo's result for people.
  /// - Returns: The verdicts of those that did not fail.
  /// - Throws: `ExitCode` where photos failed, or folders, in which there are none: their own where
  ///   all did for the same cause, else 1; the error itself where it is not a photo's.
  func run(
    _ skill: ([UInt8], String) throws -> ProcessResult, counts: [String],
    count: (ProcessResult) -> String, line: (ProcessResult) -> String
  ) throws -> [Verdict] {
    if paths.count(where: { $0 == "-" }) > 1 {
      throw CommandFailure.usage("-", "standard input can be read only once", "name it once")
    }
    let photos = paths.flatMap(photos(of:))
    // Whoever waits for standard input is ended by the first interrupt.
    if photos.count > 1, !paths.contains("-") { StopSignal.catchInterrupts() }
    var (verdicts, items, done): ([Verdict], [JSONValue], Int) = ([], [], 0)
    var statuses: Set<Int32> = []
    var numbers: [String: Int] = [:]
    do {
      let showsProgress = photos.count > 1 && (isJSON || !Console.isTerminal(STDOUT_FILENO))
      var bar = ProgressBar(total: photos.count)
      defer { bar.finish() }
      for (path, failure) in photos {
        if StopSignal.isRaised { break }
        do {
          if let failure { throw failure }
          let result = try onPhoto(path) { try skill(try Files.photo(path), path) }
          verdicts.append(result.verdict)
          numbers[count(result), default: 0] += 1
          if isJSON {
            items.append(JSONValue.compact([("file", .string(path))]).appending(result.json))
          } else {
            try Console.emit("\(path.printable): \(line(result))")
          }
        } catch let error where failure != nil || ExitStatus.isOfPhoto(error) {
          bar.clear()
          Console.complain("\(error)")
          if isJSON { items.append(["file": .string(path), "error": .string("\(error)")]) }
          statuses.insert(ExitStatus(error).rawValue)
        }
        done += 1
        if showsProgress { bar.advance(worked: true) }
      }
    }
    if isJSON {
      try Console.emit([
        "schema": .string(schema), "complete": .bool(done == photos.count), "items": .array(items),
      ])
    }
    if photos.count > 1 {
      let errors = "\(done - verdicts.count) with an error"
      Console.note((counts.map { "\(numbers[$0] ?? 0) \($0)" } + [errors]).joined(separator: ", "))
    }
    if done < photos.count {
      Console.note("swiftlet: stopped; not begun: \(photos.count - done)")
      throw ExitCode(StopSignal.status)
    }
    if let status = statuses.first {
      throw ExitCode(
        verdicts.isEmpty && statuses.count == 1 ? status : ExitStatus.itemsFailed.rawValue)
    }
    return verdicts
  }

  /// The photo of a path, those below it where it is a folder, or why there are none.
  private func photos(of path: String) -> [(path: String, failure: (any Error)?)] {
    guard path != "-", Files.isFolder(path) else { return [(path, nil)] }
    do {
      let (photos, made) = try BatchItem.all(in: path, output: nil, format: .png)
      BatchRunner.noteMade(made, in: path)
      guard !photos.isEmpty else { throw CommandFailure.noPhotos(in: path) }
      return photos.map { (path.hasSuffix("/") ? path + $0.source : "\(path)/\($0.source)", nil) }
    } catch {
      return [(path, error)]
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
